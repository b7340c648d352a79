/**
 * Makes one script of the modules in `assets/`, so that a page asks for one file. Knows the two forms of import and export that
 * they use, and refuses every other one at start.
 */

const IMPORT = /^import \{ ([\w, ]+) \} from '\.\/([\w-]+\.js)';$/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const) (\w+))/gm;
const MODULE_SYNTAX = /^\s*(?:import|export)\b.*/m;

/** `modules` by file name. What a module exports keeps its name, so no two may export the same. */
export function bundle(modules: ReadonlyMap<string, string>, entry: string): string {
  const done = new Set<string>();
  const exported = new Set<string>();
  const add = (name: string): string => {
    if (done.has(name)) return '';
    done.add(name);
    const source = modules.get(name);
    if (source === undefined) throw new Error(`${name} is imported and is not there`);
    const needed = [...source.matchAll(IMPORT)].map(([, , file = '']) => add(file));
    return needed.join('') + closed(name, source, exported);
  };
  return add(entry);
}

/** In a function of its own: modules name their helpers as they like. */
function closed(name: string, source: string, exported: Set<string>): string {
  const names = [...source.matchAll(EXPORT)].map(([, exportName = '']) => exportName);
  for (const one of names) {
    if (exported.has(one)) throw new Error(`${name} exports ${one}, and so does another module`);
    exported.add(one);
  }
  const code = source.replace(IMPORT, '').replace(EXPORT, '');
  const left = MODULE_SYNTAX.exec(code)?.[0];
  if (left !== undefined) throw new Error(`${name} has a form that is not bundled: ${left}`);
  return `const { ${names.join(', ')} } = (() => {\n${code}return { ${names.join(', ')} };\n})();\n`;
}
