// Answers every request. Usage: node server.js PORT
const http = require('node:http');
http.createServer((request, response) => response.end('ok\n')).listen(Number(process.argv[2]), '127.0.0.1');
