/**
 * A reserved character in a password ends the authority early, and a parser then takes part of the password for a port or
 * a path (RFC 3986 section 3.2).
 */
export const isWholeUrl = (url: string): boolean =>
  /^[a-z]+:\/\/(?:[^@/?#\s]*@)?[^@#\s]*$/i.test(url) && !/%(?![\da-f]{2})/i.test(url);
