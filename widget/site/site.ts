/** Shows the script tag as a customer would paste it, with the address of the edge that serves this page. */
const snippet = `<script src="${location.origin}/widget.js"
  data-name="Fern & Fable Books"
  data-greeting="Hello! What would you like to know?"
  data-suggestions="Gift cards|Reading nights"
  async></script>`

const copy = document.querySelector<HTMLButtonElement>('#copy')!
document.querySelector('#snippet')!.textContent = snippet

copy.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(snippet)
    copy.textContent = 'Copied'
  } catch {
    // Pages without leave to use the clipboard can still have the text selected.
    getSelection()?.selectAllChildren(document.querySelector('#snippet')!)
    copy.textContent = 'Selected'
  }
  setTimeout(() => {
    copy.textContent = 'Copy'
  }, 2000)
})
