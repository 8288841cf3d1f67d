package audit

import (
	"runtime"

	"github.com/go-json-experiment/json"

	"didops/internal/proof"
)

// batchSize is how many entries of a trail are read ahead of their check at
// once: decoding and hashing take most of its time, and need no order.
const batchSize = 256

// reading is what an entry comes to by itself.
type reading struct {
	kept  Kept
	entry Entry // zero but for what could be read
	err   error // it could not be read whole
	whole bool  // it has the hash that is kept with it
	leaf  proof.Hash
}

func read(k Kept) reading {
	r := reading{kept: k, whole: Hash(k.Text) == k.Hash, leaf: proof.Leaf(k.Text)}
	r.err = json.Unmarshal([]byte(k.Text), &r.entry)
	return r
}

// readers read the entries of a trail on all processors, and hand them on in
// their order, to one caller. It is not safe for concurrent use.
type readers struct {
	take  func(reading)
	next  []Kept
	ahead []chan []reading // being read, the oldest first
}

// add has an entry read.
func (r *readers) add(k Kept) {
	if r.next = append(r.next, k); len(r.next) == batchSize {
		r.begin()
	}
	if len(r.ahead) > 2*runtime.GOMAXPROCS(0) {
		r.finish()
	}
}

// begin has what was collected read by a goroutine, which ends by itself.
func (r *readers) begin() {
	batch, done := r.next, make(chan []reading, 1)
	r.next, r.ahead = make([]Kept, 0, batchSize), append(r.ahead, done)
	go func() {
		list := make([]reading, len(batch))
		for i, k := range batch {
			list[i] = read(k)
		}
		done <- list
	}()
}

// finish hands on the oldest that are being read.
func (r *readers) finish() {
	done := r.ahead[0]
	r.ahead = r.ahead[1:]
	for _, is := range <-done {
		r.take(is)
	}
}

// end hands on all that is left.
func (r *readers) end() {
	r.begin()
	for len(r.ahead) > 0 {
		r.finish()
	}
}
