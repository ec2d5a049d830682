import type { Problem } from '../chat/conversation.ts'

/** Everything the panel says, in one language. */
export interface Words {
  greeting: string
  open: (name: string) => string
  loadFailed: string
  close: string
  startOver: string
  place: string
  edge: string
  device: string
  message: string
  placeholder: string
  send: string
  stop: string
  copy: string
  copied: string
  tryAgain: string
  stopped: string
  newest: string
  you: string
  answers: string
  suggestions: string
  answersSoon: string
  answering: string
  busyFor: (seconds: number) => string
  thisDevice: string
  offlineDevice: string
  offline: string
  edgeLost: string
  nothingLeaves: string
  canBeWrong: string
  measuring: string
  askTitle: string
  once: (size: string) => string
  download: string
  notNow: string
  gettingReady: string
  paused: string
  ofTotal: (loaded: string, total: string) => string
  secondsLeft: (seconds: number) => string
  minutesLeft: (minutes: number) => string
  starting: string
  almostReady: string
  cancel: string
  pause: string
  goOn: string
  meanwhile: string
  deviceReady: string
  deviceFailed: string
  deviceUnreachable: string
  problems: Record<Problem['code'], string>
}

const en: Words = {
  greeting: 'Hello! What would you like to know?',
  open: (name) => `Chat with ${name}`,
  loadFailed: 'The chat could not load. Please try again.',
  close: 'Close',
  startOver: 'Start over',
  place: 'Where the answers are made',
  edge: 'Edge',
  device: 'On this device',
  message: 'Message',
  placeholder: 'Write a message',
  send: 'Send',
  stop: 'Stop',
  copy: 'Copy',
  copied: 'Copied',
  tryAgain: 'Try again',
  stopped: 'Stopped',
  newest: 'Go to the newest message',
  you: 'You',
  answers: 'Conversation',
  suggestions: 'Suggestions',
  answersSoon: 'Answers in a moment',
  answering: 'Writing an answer',
  busyFor: (seconds) => `Busy, trying again in ${seconds} s`,
  thisDevice: 'This device answers',
  offlineDevice: 'Offline: this device answers',
  offline: 'Offline: no answers until the network is back',
  edgeLost: 'The edge can’t be reached',
  nothingLeaves: 'Nothing leaves this device.',
  canBeWrong: 'Answers can be wrong. Runs on Edgewise.',
  measuring: 'Looking how big the model is …',
  askTitle: 'Run the model on this device?',
  once: (size) => `${size}, once. Then it also works offline.`,
  download: 'Download',
  notNow: 'Not now',
  gettingReady: 'Getting the model ready',
  paused: 'Download paused',
  ofTotal: (loaded, total) => `${loaded} of ${total}`,
  secondsLeft: (seconds) => `${seconds} s left`,
  minutesLeft: (minutes) => `${minutes} min left`,
  starting: 'Starting',
  almostReady: 'Almost ready',
  cancel: 'Cancel',
  pause: 'Pause',
  goOn: 'Resume',
  meanwhile: 'Until then the edge answers. Ask away.',
  deviceReady: 'The model is ready on this device.',
  deviceFailed: 'The model can’t run on this device, so the edge answers.',
  deviceUnreachable: 'The model could not be fetched. The network seems to be gone.',
  problems: {
    offline: 'Not sent: you are offline.',
    unreachable: 'Not sent: the edge can’t be reached.',
    busy: 'Not sent: too many questions at once.',
    refused: 'Not sent: the edge refused the question.',
    broken_off: 'The answer broke off.',
    failed: 'Something went wrong.',
    too_long: 'Not sent: the message is too long for the model. Please shorten it.',
    empty: 'No answer came.',
    cut_short: 'Cut short: the answer reached its length limit.',
  },
}

const de: Words = {
  greeting: 'Hallo! Was möchten Sie wissen?',
  open: (name) => `Chat mit ${name}`,
  loadFailed: 'Der Chat konnte nicht geladen werden. Bitte noch einmal versuchen.',
  close: 'Schließen',
  startOver: 'Neu beginnen',
  place: 'Wo die Antworten entstehen',
  edge: 'Edge',
  device: 'Auf diesem Gerät',
  message: 'Nachricht',
  placeholder: 'Nachricht schreiben',
  send: 'Senden',
  stop: 'Stopp',
  copy: 'Kopieren',
  copied: 'Kopiert',
  tryAgain: 'Noch einmal',
  stopped: 'Angehalten',
  newest: 'Zur neuesten Nachricht',
  you: 'Sie',
  answers: 'Unterhaltung',
  suggestions: 'Vorschläge',
  answersSoon: 'Antwortet gleich',
  answering: 'Schreibt eine Antwort',
  busyFor: (seconds) => `Ausgelastet, neuer Versuch in ${seconds} s`,
  thisDevice: 'Dieses Gerät antwortet',
  offlineDevice: 'Offline: dieses Gerät antwortet',
  offline: 'Offline: keine Antworten, bis das Netz zurück ist',
  edgeLost: 'Die Edge ist nicht erreichbar',
  nothingLeaves: 'Nichts verlässt dieses Gerät.',
  canBeWrong: 'Antworten können falsch sein. Läuft mit Edgewise.',
  measuring: 'Größe des Modells wird ermittelt …',
  askTitle: 'Modell auf diesem Gerät ausführen?',
  once: (size) => `${size}, einmalig. Danach geht es auch offline.`,
  download: 'Herunterladen',
  notNow: 'Nicht jetzt',
  gettingReady: 'Das Modell wird bereit gemacht',
  paused: 'Download angehalten',
  ofTotal: (loaded, total) => `${loaded} von ${total}`,
  secondsLeft: (seconds) => `noch ${seconds} s`,
  minutesLeft: (minutes) => `noch ${minutes} min`,
  starting: 'Beginnt',
  almostReady: 'Gleich bereit',
  cancel: 'Abbrechen',
  pause: 'Pause',
  goOn: 'Fortsetzen',
  meanwhile: 'Bis dahin antwortet die Edge. Fragen Sie ruhig.',
  deviceReady: 'Das Modell ist auf diesem Gerät bereit.',
  deviceFailed: 'Das Modell läuft auf diesem Gerät nicht, darum antwortet die Edge.',
  deviceUnreachable: 'Das Modell konnte nicht geladen werden. Das Netz scheint weg zu sein.',
  problems: {
    offline: 'Nicht gesendet: Sie sind offline.',
    unreachable: 'Nicht gesendet: die Edge ist nicht erreichbar.',
    busy: 'Nicht gesendet: zu viele Fragen auf einmal.',
    refused: 'Nicht gesendet: die Edge hat die Frage abgelehnt.',
    broken_off: 'Die Antwort ist abgebrochen.',
    failed: 'Etwas ist schiefgegangen.',
    too_long: 'Nicht gesendet: die Nachricht ist zu lang für das Modell. Bitte kürzen.',
    empty: 'Es kam keine Antwort.',
    cut_short: 'Abgeschnitten: die Antwort hat ihre größte Länge erreicht.',
  },
}

const LANGUAGES: Record<string, Words> = { en, de }

/** The words for a BCP 47 tag (`de-AT`); English where there are none. */
export function wordsFor(lang: string): Words {
  return LANGUAGES[lang.toLowerCase().split('-')[0]!] ?? en
}

/** The tag whose words `wordsFor` gives, so that a screen reader pronounces them right. */
export function spokenLanguage(lang: string): string {
  return wordsFor(lang) === en ? 'en' : lang
}
