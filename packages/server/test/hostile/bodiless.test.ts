/** A request may name the type of a body that it does not have; nothing must wait for that body. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ENGINES } from '../storage/places.ts';
import { Conversation } from '../support/raw-http.ts';
import type { RunningApp } from '../support/running-app.ts';
import { openHostileStage } from './stage.ts';

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'no type at all',
];

for (const engine of ENGINES) {
  describe(engine, () => {
    let running: RunningApp;
    before(async () => {
      ({ running } = await openHostileStage(engine));
    });
    after(() => running.stop());

    test('every route that takes a body answers one that does not come, on a connection that goes on', async () => {
      const wire = await Conversation.open(running.base);
      const targets = [
        ...running.app.routes.filter(({ method }) => method !== 'GET'),
        { method: 'POST', path: '/nowhere' },
        { method: 'POST', path: '/v2/nowhere' },
      ];
      let answers = 0;
      for (const { method, path } of targets) {
        for (const type of TYPES) {
          const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\n\r\n`;
          const { status } = await wire.ask(head);
          assert.ok(status < 500, `${method} ${path} with ${type}: ${status}`);
          answers += 1;
        }
      }
      assert.equal(answers, targets.length * TYPES.length);
      assert.ok(targets.length > 40);
      wire.close();
    });

    test('a token request without a body is told what it lacks', async () => {
      const wire = await Conversation.open(running.base);
      const type = 'content-type: application/x-www-form-urlencoded';
      const { status, body } = await wire.ask(
        `POST /oauth2/token HTTP/1.1\r\nhost: localhost\r\n${type}\r\n\r\n`,
      );
      assert.equal(status, 400);
      assert.equal(JSON.parse(body).error, 'invalid_request');
      wire.close();
    });
  });
}
