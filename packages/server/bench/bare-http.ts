/** As much of HTTP/1.1 as a generator needs: a keep-alive connection to loopback, and where an answer ends. */
import { connect, type Socket } from 'node:net';

export const open = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });

const LENGTH = /content-length: (\d+)/i;

export function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(LENGTH.exec(text)?.[1] ?? 0);
  return text.length >= end + 4 + length;
}

/** Sends one request on a connection and answers the whole of its answer. */
export function exchange(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const over = (): void => reject(new Error('the server closed a connection'));
    const take = (chunk: string): void => {
      text += chunk;
      if (!isWhole(text)) return;
      socket.off('data', take).off('close', over);
      resolve(text);
    };
    socket.on('data', take).on('close', over);
    socket.write(request, 'latin1');
  });
}
