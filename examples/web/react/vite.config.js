import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The gateway, behind the address of the page: one origin, so there is no CORS, and cookies work. */
const target = process.env.CHAT_URL ?? 'http://localhost:8000';
const routes = ['/ui', '/chatkit', '/turns', '/threads', '/attachments', '/files', '/entities'];
const proxy = Object.fromEntries(routes.map((route) => [route, target]));

export default defineConfig({
  plugins: [react()],
  server: { port: 3000, proxy },
  preview: { port: 3000, proxy },
});
