/** What kind of app it is, with what follows from each. */
import { CLIENT_TYPES, type ClientType } from '../../oauth/vocabulary.ts';
import { fieldId } from '../ui/form.ts';
import { attributes, html, type Child, type Html } from '../ui/html.ts';
import { icon } from '../ui/icons.ts';
import { TYPE_WORDS } from './frame.ts';

const CONSEQUENCES: Readonly<Record<ClientType, Child>> = {
  web: html`Runs on a server of yours and acts for people who allow it. It proves itself by a
    <strong>client secret</strong>, which never leaves the server.`,
  public: html`Runs on somebody’s device and acts for them. It can keep no secret, so it has none:
    every sign-in is tied to the program that began it by <strong>PKCE</strong>.`,
  service: html`Acts as itself, never for a person, by the client credentials grant. It has a
    <strong>client secret</strong>, at most what your role allows, and ends when you are suspended.`,
};

export const typeField = (given: {
  readonly value: ClientType | null;
  readonly error: string | null;
}): Html =>
  html`<fieldset class="option-cards"${attributes({
    id: fieldId('type'),
    tabindex: -1,
    'aria-describedby': given.error === null ? null : `${fieldId('type')}-error`,
  })}>
    <legend class="visually-hidden">Type</legend>
    ${CLIENT_TYPES.map((type) => option(type, given.value === type))}
    ${
      given.error !== null &&
      html`<p class="error" id="${fieldId('type')}-error">${icon('alert-triangle')}<span>${given.error}</span></p>`
    }
  </fieldset>`;

const option = (type: ClientType, isChosen: boolean): Html =>
  html`<label class="option-card">
    <input${attributes({ type: 'radio', name: 'type', value: type, checked: isChosen })}>
    <span><strong>${TYPE_WORDS[type]}</strong><span class="hint">${CONSEQUENCES[type]}</span></span>
  </label>`;
