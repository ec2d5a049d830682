/** A label of a host name. */
const LABEL = '[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?'
const HOST = `${LABEL}(\\.${LABEL}){0,4}\\.[a-z]{2,12}`
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
/** Days that every year has, so that each date exists. */
const DATE =
  '[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))'
const TIME =
  '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])'

/** JSON Schema's `format`s that can be promised: patterns of values that every validator takes. */
export const STRING_FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  'date-time': `${DATE}T${TIME}`,
  duration: 'P([1-9][0-9]{0,3}D|T[1-9][0-9]{0,3}[HMS])',
  uuid: '[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  email: `[a-z0-9]{1,32}([._+-][a-z0-9]{1,32}){0,3}@${HOST}`,
  hostname: HOST,
  ipv4: `${BYTE}(\\.${BYTE}){3}`,
  uri: `https?://${HOST}(/[A-Za-z0-9._~-]{0,64}){0,8}`,
}
