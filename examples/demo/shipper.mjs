// Keeps everything that it ever shipped.
const kept = []
let batches = 0

setInterval(() => {
  kept.push(Buffer.alloc(1024 * 1024 * 2, ++batches & 255))
  if (batches % 10 === 0) console.log(`shipped ${batches} batches, keeping ${kept.length * 2} MB`)
}, 500)
console.log('shipping')
