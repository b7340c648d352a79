import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { looksLike } from '../../src/kit/look-alikes.ts';
import {
  faultOfIdentity,
  faultOfText,
  isolated,
  mostUnits,
  shownText,
  STRANGERS_TEXT,
  type StrangersText,
} from '../../src/kit/stranger-text.ts';

const KINDS = Object.keys(STRANGERS_TEXT) as readonly StrangersText[];
const BRAND = 'Gatehouse';

const GOOD = [
  'Ada Lovelace',
  "Zoë O'Hara-Łukasz",
  '山田　太郎',
  '葛\u{e0100}城',
  // Persian with a zero-width non-joiner, Hebrew with points, Hindi and Sinhala with joiners.
  'علی\u200cرضا',
  'מֹשֶׁה',
  'क्\u200dष',
  'ශ්\u200dරී',
  'Nguyễn'.normalize('NFD'),
  'ལྷ་མོ',
  // Emoji: a family, a flag of tags, a keycap, a heart with its selector, a skin tone in a pair.
  'The 👨‍👩‍👧‍👦 app',
  '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
  '1\ufe0f\u20e3',
  '❤️',
  '👩🏽‍🤝‍👩🏿',
  '→ export',
  'Gatehouse exporter',
];

const BAD: Readonly<Record<string, string>> = {
  '\u3164': 'invisible character U+3164',
  '\u2063': 'invisible character U+2063',
  '\uffa0': 'invisible character U+FFA0',
  'Gate\u2060house': 'invisible character U+2060',
  'soft\u00adhyphen': 'invisible character U+00AD',
  'joined\u200din Latin': 'invisible character U+200D',
  'a\u034fb': 'invisible character U+034F',
  'a\u202eb': 'invisible character U+202E',
  'a\u2066b': 'invisible character U+2066',
  'a\ufe0fb': 'invisible character U+FE0F',
  'tag\u{e0041}': 'invisible character U+E0041',
  '\u2800': 'at least one letter',
  '...': 'at least one letter',
  'a\u0000b': 'control character U+0000',
  'a\u0085b': 'control character U+0085',
  'a\u2028b': 'control character U+2028',
  'a\ud83db': 'control character U+D83D',
  'a\ufffeb': 'control character U+FFFE',
  [`Z${'\u0301\u0316'.repeat(20)}algo`]: 'accents',
};

test('names that people have are names', () => {
  for (const kind of KINDS) {
    for (const text of GOOD)
      assert.equal(faultOfIdentity(kind, text, BRAND), null, `${kind} ${text}`);
  }
});

test('what cannot be seen, or turns what is around it, is refused by its code', () => {
  for (const kind of KINDS) {
    for (const [text, fault] of Object.entries(BAD)) {
      assert.ok(faultOfText(kind, text)?.includes(fault), `${kind} ${JSON.stringify(text)}`);
    }
  }
});

test('only prose has lines and marks of direction', () => {
  for (const kind of KINDS) {
    const isProse = 'isProse' in STRANGERS_TEXT[kind];
    assert.equal(faultOfText(kind, 'one\ntwo') === null, isProse, kind);
    assert.equal(faultOfText(kind, 'שלום\u200f!') === null, isProse, kind);
  }
});

test('length is counted as people count, and bounded whatever stands in a character', () => {
  for (const kind of KINDS) {
    const { most } = STRANGERS_TEXT[kind];
    const isFine = (text: string) => faultOfText(kind, text) === null;
    for (const one of ['a', 'é'.normalize('NFD'), '👩🏽‍🤝‍👩🏿', '葛']) {
      assert.ok(isFine(one.repeat(most)), `${kind} ${one}`);
      assert.ok(!isFine(one.repeat(most + 1)), `${kind} ${one}`);
    }
    assert.ok(mostUnits(kind) >= '👩🏽‍🤝‍👩🏿'.length * most);
  }
});

/** Counts the characters that are looked at, by every way there is to look at them. */
function countLooks(): { readonly count: () => number; readonly restore: () => void } {
  /* oxlint-disable typescript/unbound-method -- each is called with the `this` that it was called with. */
  const { exec } = RegExp.prototype;
  const { normalize } = String.prototype;
  const { segment } = Intl.Segmenter.prototype;
  /* oxlint-enable typescript/unbound-method */
  let characters = 0;
  const seen = (text: string): string => {
    characters += text.length;
    return text;
  };
  mock.method(RegExp.prototype, 'exec', function counted(this: RegExp, text: string) {
    return exec.call(this, seen(text));
  });
  mock.method(String.prototype, 'normalize', function counted(this: string, form?: string) {
    return normalize.call(seen(this), form);
  });
  mock.method(
    Intl.Segmenter.prototype,
    'segment',
    function counted(this: Intl.Segmenter, text: string) {
      return segment.call(this, seen(text));
    },
  );
  return { count: () => characters, restore: () => mock.restoreAll() };
}

test('a text that is far too long is refused before anybody looks at what stands in it', () => {
  for (const kind of KINDS) {
    for (const one of ['\u0301', '👩\u200d', 'a']) {
      const looks = countLooks();
      const fault = faultOfText(kind, `a${one.repeat(1_000_000)}`);
      const fine = faultOfText(kind, 'a');
      looks.restore();
      assert.match(fault ?? '', /^Use at most/);
      assert.equal(fine, null);
      assert.ok(looks.count() < 100, `${kind}: ${looks.count()} characters`);
    }
  }
});

test('nobody is called what the site is called, however it is spelt', () => {
  const imitations = [
    'Gatehouse',
    'GATE HOUSE',
    'gate-house',
    'Ｇａｔｅｈｏｕｓｅ',
    '𝐆𝐚𝐭𝐞𝐡𝐨𝐮𝐬𝐞',
    'Gätehousé',
    'Gаtеhоusе',
    'GАΤЕΗΟUЅЕ',
    'Gateh0use',
    'Gatehou5e',
    'Gate\u2060house',
    'Gate\u3164house',
    '“Gatehouse”',
  ];
  for (const name of imitations) assert.ok(looksLike(name, BRAND), name);
  for (const name of ['Gatehouse exporter', 'Gatehaus', 'House', '']) {
    assert.ok(!looksLike(name, BRAND), name);
  }
  assert.ok(looksLike('FRAME .IO', 'Frame.io') && looksLike('Frarne.io', 'Frame.io'));
  assert.ok(!looksLike('', '→') && !looksLike('Ada', '→'));
  assert.match(faultOfIdentity('app name', 'Gаtehouse', BRAND) ?? '', /what this site is called/);
  // What only its owner reads may be about the site.
  assert.equal(faultOfIdentity('token description', 'Gatehouse', BRAND), null);
});

test('a letter has 6 accents at most, however they are composed, joined or marked', () => {
  const marks = (count: number): string => '\u0323\u0301'.repeat(4).slice(0, count);
  for (const kind of KINDS) {
    const isTall = (text: string): boolean => /accents/.test(faultOfText(kind, text) ?? '');
    assert.equal(faultOfText(kind, `a${marks(6)}b${marks(6)}`), null);
    assert.ok(isTall(`a${marks(7)}`));
    assert.equal(faultOfText(kind, `é${marks(5)}`), null);
    assert.ok(isTall(`é${marks(6)}`));
    // A joiner belongs after a mark of these scripts, and divides no stack.
    assert.ok(isTall(`क${'\u0941\u0941\u0941\u0941\u200d'.repeat(2)}`));
  }
  assert.ok(/accents/.test(faultOfText('person bio', `a${`${marks(4)}\u200f`.repeat(2)}`) ?? ''));
});

test('what belongs is judged by what it follows, also after a mark of direction', () => {
  for (const text of ['👩\u200f\ufe0f', '1\u200f\ufe0f', 'ع\u200f\u200d'])
    assert.match(
      faultOfText('person bio', text) ?? '',
      /invisible character/,
      JSON.stringify(text),
    );
});

/** Work that grew with the square of the length would not come to an end here. */
test('hidden text of any length is shown, each character by itself', () => {
  for (const [one, shown] of [
    ['\u00ad', '\ufffd'],
    ['\u200d', '\ufffd'],
    ['\ufe0f', '\ufffd'],
    ['\u2068', '\ufffd'],
    ['ע\u200f', 'ע\u200f'],
    ['\u{e0041}', '\ufffd'],
  ] as const) {
    const text = shownText(one.repeat(100_000));
    assert.ok(text === shown.repeat(100_000), JSON.stringify(one));
  }
  const joined = shownText('👩\u200d'.repeat(100_000));
  // Each joins what follows it, and the last one nothing.
  assert.ok(joined === `${'👩\u200d'.repeat(99_999)}👩\ufffd`);
});

const nasty = fc
  .array(
    fc.constantFrom(
      'a',
      'א',
      'ع',
      '1',
      ' ',
      '👩',
      '\u200d',
      '\u200c',
      '\u202e',
      '\u2066',
      '\u2067',
      '\u2068',
      '\u2069',
      '\u3164',
      '\u0000',
      '\ud800',
      '\u200f',
      '\u0301',
      '\ufe0f',
      '\u2028',
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''));
const texts = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme' }),
);

test('whatever is accepted is shown as it is, and can be stored by every engine', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom(...KINDS), (text, kind) => {
      if (faultOfText(kind, text) !== null) return;
      assert.equal(shownText(text.trim()), text.trim());
      assert.ok(text.isWellFormed() && !text.includes('\0'));
      assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/);
    }),
    { numRuns: 5000 },
  );
});

test('whatever is shown turns nothing around, and showing it twice changes nothing', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const shown = shownText(text);
      assert.doesNotMatch(shown, /[\u202a-\u202e\u3164\u0000\u2028]/);
      assert.ok(shown.isWellFormed());
      assert.equal(shownText(shown), shown);
      const apart = isolated(text);
      assert.equal(shownText(apart), apart);
      if (/[\u05d0\u0639]/.test(text)) assert.match(apart, /^\u2068[^]*\u2069$/);
    }),
    { numRuns: 5000 },
  );
});
