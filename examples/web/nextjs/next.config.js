/** @type {import('next').NextConfig} */
export default {
  compress: false, // compression collects a stream, and answers would come in lumps
  turbopack: { root: import.meta.dirname },
};
