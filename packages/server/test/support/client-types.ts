/** Compiler options under which clients that others generate have to pass. */
export const STRICT_CLIENT = {
  strict: true,
  outDir: 'out',
  rootDir: '.',
  types: [],
  module: 'commonjs',
  moduleResolution: 'bundler',
  target: 'esnext',
  lib: ['esnext', 'dom'],
};
