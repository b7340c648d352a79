import type { KeptForm } from './kept-form.ts';

/** The page that a form most likely stood on: the nearest one above its address. */
export function placeNear(
  pages: ReadonlySet<string>,
  { route, params }: Pick<KeptForm, 'route' | 'params'>,
): string {
  let near = route;
  while (near !== '' && !pages.has(near)) near = near.slice(0, near.lastIndexOf('/'));
  return near === ''
    ? '/'
    : near.replaceAll(/:(\w+)/g, (_name, name: string) =>
        encodeURIComponent((Object.hasOwn(params, name) ? params[name] : undefined) ?? ''),
      );
}
