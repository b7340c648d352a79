/** A sender that does not stop: for answers that are given before the body was read. */
import { connect } from 'node:net';

/** The buffers of the kernel on both sides come on top of what the server reads. */
export const MOST_TAKEN = 16 * 1024 * 1024;

/** Sends an endless body behind a head: what was answered, and how many bytes the server took. */
export function pour(
  base: string,
  head: string,
  { chunked = false, stubborn = false } = {},
): Promise<{ answer: string; taken: number }> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  const block = 'x'.repeat(65_536);
  const piece = chunked ? `10000\r\n${block}\r\n` : block;
  let answer = '';
  return new Promise((resolve) => {
    const more = (): void => {
      while (socket.writable && socket.write(piece))
        if (socket.bytesWritten > 5e8) socket.destroy();
    };
    socket.on('connect', () => {
      socket.write(head);
      more();
    });
    socket.on('drain', more);
    socket.on('data', (text) => {
      answer += String(text);
    });
    // It was told that no more is wanted.
    socket.on('end', () => stubborn || socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({ answer, taken: socket.bytesWritten - socket.writableLength }),
    );
  });
}
