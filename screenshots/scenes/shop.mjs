// A shop as its output shows it: requests on stdout, what goes wrong on stderr.
const ORDERS = 40
let order = 4700

function serve() {
  order++
  console.log(`GET /products?page=${order % 7} 200 in ${4 + (order % 9)} ms`)
  if (order % 2 === 0) console.log(`POST /cart 201 in ${11 + (order % 5)} ms, order ${order}`)
  if (order % 6 === 0) console.error(`payment of order ${order} timed out after 2000 ms: retry 1 of 3`)
  if (order % 15 === 0)
    console.error(
      `Error: order ${order} was refused by the payment provider after 3 tries, the items go back to the stock and the customer is told by mail; the answer was 402 Payment Required`
    )
  if (order === 4700 + ORDERS) clearInterval(serving)
}

console.log('listening on http://127.0.0.1:8080')
const serving = setInterval(serve, 90)
// it stays when it has said all
setInterval(() => undefined, 60_000)
