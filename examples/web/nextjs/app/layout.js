export const metadata = { title: 'Next.js', icons: 'data:,' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body style={{ margin: 0, blockSize: '100dvh' }}>{children}</body>
    </html>
  );
}
