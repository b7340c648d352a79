/** multipart/form-data, fields alone: OAuth clients send forms this way too. A file is refused. */
import { Busboy, type BusboyEvents, type BusboyInstance } from '@fastify/busboy';
import { Refusal } from './failure.ts';
import { NO_MORE, type FormRoom } from './form-room.ts';
import { addField, type Fields } from './url-encoded.ts';

const MOST_FIELDS = 100;
const MOST_FIELD_BYTES = 16_384;

const malformed = (message: string): Refusal =>
  new Refusal({ statusCode: 400, code: 'malformed_form', message });

/** `body` is the whole body, already within the limit. Repeated fields become arrays. `room`: for the form of a catalogue. */
export function parseMultipart(
  contentType: string,
  body: Buffer,
  room: FormRoom = NO_MORE,
): Promise<Fields> {
  const fields: Fields = Object.create(null);
  return new Promise((resolve, reject) => {
    const refuse = (message: string): void => reject(malformed(message));
    const parser = parserFor(contentType, room);
    if (parser === null) return refuse('The form has no boundary.');
    parser.on('field', (...found: Parameters<BusboyEvents['field']>) => {
      const [name, value, isNameCut, isValueCut] = found;
      if (isNameCut || isValueCut) refuse('A field of the form is too long.');
      else addField(fields, name, value);
    });
    parser.on('file', (_name, stream) => {
      // It tells of a part that breaks off by itself, and an error that nobody hears ends the process.
      stream.on('error', () => refuse('The form cannot be read.'));
      stream.resume();
      refuse('The form must not have files.');
    });
    parser.on('fieldsLimit', () => refuse('The form has too many fields.'));
    parser.on('error', () => refuse('The form cannot be read.'));
    parser.on('finish', () => resolve(fields));
    parser.end(body);
  });
}

function parserFor(contentType: string, room: FormRoom): BusboyInstance | null {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        fields: MOST_FIELDS + room.fields,
        fieldSize: MOST_FIELD_BYTES + room.bytes,
        files: 1,
        parts: MOST_FIELDS + room.fields + 1,
      },
    });
  } catch {
    return null;
  }
}
