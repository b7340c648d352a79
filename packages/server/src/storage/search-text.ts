/** Names as a search compares them. Here and not in SQL: SQLite's `lower` knows ASCII only, PostgreSQL's depends on the locale of the database. */
export const searchText = (text: string): string => text.normalize('NFKC').toLowerCase();

/** A LIKE pattern with escape `\` for texts that contain what was typed. */
export const containing = (typed: string): string =>
  `%${searchText(typed).replace(/[\\%_]/g, '\\$&')}%`;
