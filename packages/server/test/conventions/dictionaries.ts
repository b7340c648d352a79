/** Where a dictionary is asked for a key that is not written there: `__proto__` and `constructor` are found in any object. */
import { parseSync, Visitor, type Expression, type TSType } from 'oxc-parser';
import type { SourceFile } from './source.ts';

/** `Record<string, …>`, also `Readonly<…>` or `Partial<…>` of it, and an index signature of texts. */
const DICTIONARY =
  /^(?:(?:Readonly|Partial)<)*(?:Record<string,|\{\s*(?:readonly )?\[\w+: string\]:)/;

interface Named {
  readonly name: string;
  /** Of a type, and not of a variable. */
  readonly isProperty: boolean;
  readonly type: TSType;
}

interface Read {
  readonly path: string;
  readonly text: string;
  readonly named: readonly Named[];
  readonly asked: readonly Asked[];
  /** Its variables. */
  readonly declared: ReadonlySet<string>;
  /** Dictionary and key of every `Object.hasOwn`, as they are written. */
  readonly owned: ReadonlySet<string>;
}

interface Asked {
  /** Of the variable or the property that holds it. */
  readonly name: string;
  /** As they are written. */
  readonly object: string;
  readonly key: string;
  readonly isIn: boolean;
}

/** `src/compose/app.ts NAMES[name]`, of every file. */
export function unguardedKeys(files: readonly SourceFile[]): readonly string[] {
  const read = files.map(readFile);
  const everywhere = new Set(read.flatMap((file) => dictionariesOf(file, file.named)));
  return read.flatMap((file) => {
    const { path, asked, owned, declared, named } = file;
    const own = named.filter(({ isProperty }) => !isProperty);
    const ownDictionaries = new Set(dictionariesOf(file, own));
    const ownNames = new Set([...declared, ...own.map(({ name }) => name)]);
    // What the file itself gives a type has that one; for the rest, one of that name anywhere counts.
    const isDictionary = ({ name, object }: Asked): boolean =>
      name === object && ownNames.has(name) ? ownDictionaries.has(name) : everywhere.has(name);
    return asked
      .filter((one) => one.isIn || isDictionary(one))
      .filter(({ object, key }) => !owned.has(`${object}, ${key}`))
      .map(({ object, key, isIn }) =>
        isIn ? `${path} ${key} in ${object}` : `${path} ${object}[${key}]`,
      );
  });
}

const dictionariesOf = ({ text }: Read, named: readonly Named[]): readonly string[] =>
  named
    .filter(({ type }) => DICTIONARY.test(text.slice(type.start, type.end)))
    .map(({ name }) => name);

const nameOf = (expression: Expression): string | null =>
  expression.type === 'Identifier'
    ? expression.name
    : expression.type === 'MemberExpression' && expression.property.type === 'Identifier'
      ? expression.property.name
      : null;

function readFile({ path, text }: SourceFile): Read {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed`);
  const written = ({ start, end }: { start: number; end: number }): string =>
    text.slice(start, end);
  const named: Named[] = [];
  const asked: Asked[] = [];
  const owned = new Set<string>();
  const declared = new Set<string>();
  new Visitor({
    Identifier({ name, typeAnnotation }: { name: string; typeAnnotation?: unknown }) {
      const type = (typeAnnotation as { typeAnnotation?: TSType } | null | undefined)
        ?.typeAnnotation;
      if (type !== undefined) named.push({ name, isProperty: false, type });
    },
    VariableDeclarator({ id }) {
      if (id.type === 'Identifier') declared.add(id.name);
    },
    TSPropertySignature({ key, typeAnnotation }) {
      if (key.type === 'Identifier' && typeAnnotation !== null)
        named.push({ name: key.name, isProperty: true, type: typeAnnotation.typeAnnotation });
    },
    MemberExpression(node) {
      if (!node.computed || node.property.type === 'Literal') return;
      const name = nameOf(node.object);
      if (name === null) return;
      const [object, key] = [written(node.object), written(node.property)];
      asked.push({ name, object, key, isIn: false });
    },
    BinaryExpression(node) {
      if (node.operator !== 'in' || node.left.type === 'Literal') return;
      const [object, key] = [written(node.right), written(node.left)];
      asked.push({ name: object, object, key, isIn: true });
    },
    CallExpression(node) {
      if (written(node.callee) === 'Object.hasOwn')
        owned.add(node.arguments.map(written).join(', '));
    },
  }).visit(program);
  return { path, text, named, asked, owned, declared };
}
