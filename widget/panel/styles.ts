import card from './styles/card.css?inline'
import composer from './styles/composer.css?inline'
import conversation from './styles/conversation.css?inline'
import frame from './styles/frame.css?inline'
import header from './styles/header.css?inline'
import surroundings from './styles/surroundings.css?inline'

/** The panel's styles; the last part adapts the others to small windows, printers and preferences. */
export const panelStyles = [frame, header, conversation, card, composer, surroundings].join('\n')
