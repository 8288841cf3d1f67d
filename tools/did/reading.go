package did

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"weak"

	"didops/internal/cache"
	"didops/internal/exchange"
	"didops/internal/handle"
	"didops/internal/identity"
	"didops/internal/request"
)

// reading are the rows of a reading that are kept in order, the best first.
type reading[T any] struct {
	readStats
	rows []ranked[T]
	more int // rows behind the kept ones
}

// behind returns the index of the first kept row behind last.
func (f *reading[T]) behind(last sortKey) int {
	if last.zero() {
		return 0
	}
	i, found := slices.BinarySearchFunc(f.rows, last, func(r ranked[T], k sortKey) int { return r.key.compare(k) })
	if found {
		i++
	}
	return i
}

// pages keeps readings of which a page was shown that others follow, so that
// those are of the same reading: in memory, and in the store, where every
// process finds them, also after a restart. It is safe for concurrent use.
type pages[T any] struct {
	Config
	number func(*T) *exchange.Number
	shown  func(T) T // a row as it may be kept
	memory *cache.Cache[string, *reading[T]]
	stored *cache.Cache[string, struct{}]                 // what this process has stored lately
	kept   *cache.Cache[string, struct{}]                 // cursors of which it has kept the handle lately
	named  *cache.Cache[weak.Pointer[reading[T]], string] // of those that are still about
	packs  *cache.Cache[*reading[T], []byte]              // as they are stored; nil = too large
}

const (
	pagesKept   = 4 // in memory, of a megabyte each; the store has more
	storedKnown = 1024
	// storedFor is how long a stored reading is not stored again. It is short,
	// because others may have taken its room, and its term begins anew.
	storedFor = time.Minute
	// keepWithin is for the store to keep a reading or a cursor, which nobody who
	// searches waits for any longer.
	keepWithin = time.Second
)

func newPages[T any](c Config, number func(*T) *exchange.Number, shown func(T) T) *pages[T] {
	return &pages[T]{
		Config: c, number: number, shown: shown,
		memory: cache.New[string](cache.Config[*reading[T]]{MaxEntries: pagesKept, TTL: handleTerm, Now: c.Now}),
		stored: cache.New[string](cache.Config[struct{}]{MaxEntries: storedKnown, TTL: storedFor, Now: c.Now}),
		kept:   cache.New[string](cache.Config[struct{}]{MaxEntries: storedKnown, TTL: storedFor, Now: c.Now}),
		named:  cache.New[weak.Pointer[reading[T]]](cache.Config[string]{MaxEntries: storedKnown, TTL: handleTerm, Now: c.Now}),
		packs:  cache.New[*reading[T]](cache.Config[[]byte]{MaxEntries: pagesKept, TTL: handleTerm, Now: c.Now}),
	}
}

// owner is whose pages are shown.
func owner(ctx context.Context) string { return request.Caller(ctx).Principal.String() }

// keep keeps a reading that is sorted by something for whoever is shown a page
// of it, and returns its id.
// What is too large for the store, or meets none, is known to this process
// alone. None is kept for a shell, where "" is returned: each call there is a
// process of its own, and may be one that has no store.
func (p *pages[T]) keep(ctx context.Context, f *reading[T], by ordering) string {
	if request.Caller(ctx).Frontend == identity.FrontShell {
		return ""
	}
	id, whose := p.identify(f, by), owner(ctx)
	p.memory.Put(whose+" "+id, f)
	if p.Results == nil {
		return id
	}
	if _, is := p.stored.Get(whose + " " + id); is {
		return id
	}
	body := p.packOnce(f)
	if body == nil {
		return id
	}
	ctx, cancel := context.WithTimeout(ctx, p.atLeast(keepWithin))
	defer cancel()
	if p.Results().KeepResult(ctx, id, whose, body, handleTerm) == nil {
		p.stored.Put(whose+" "+id, struct{}{})
	}
	return id
}

// of returns the reading that a cursor leads through, sorted by what it was;
// nil where it is not known any more, or is another's.
func (p *pages[T]) of(ctx context.Context, cur cursor, by ordering) *reading[T] {
	if cur.Reading == "" {
		return nil
	}
	whose := owner(ctx)
	if f, ok := p.memory.Get(whose + " " + cur.Reading); ok {
		return f
	}
	if p.Results == nil {
		return nil
	}
	body, err := p.Results().KeptResult(ctx, cur.Reading, whose)
	if err != nil {
		return nil
	}
	f, err := p.unpack(body, by.key())
	if err != nil {
		return nil
	}
	p.memory.Put(whose+" "+cur.Reading, f)
	return f
}

// identify names a reading by its order and all that is kept of it: another
// that has the same is as good.
func (p *pages[T]) identify(f *reading[T], by ordering) string {
	if id, ok := p.named.Get(weak.Make(f)); ok {
		return id
	}
	k := p.packed(f)
	k.Began, k.Newest = time.Time{}, time.Time{}
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, p.Scope, by)
	_ = json.NewEncoder(sum).Encode(k) //nolint:musttag // neither fails; see pack
	id := base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	p.named.Put(weak.Make(f), id)
	return id
}

// packed is a reading as it is stored.
type packed[T any] struct {
	Began, Newest                                            time.Time
	Remembered                                               bool
	Matched, Hidden, Unpriced, Unreadable, Undecided, Number int
	Complete                                                 bool
	Stopped                                                  string
	City                                                     cityProof
	Own                                                      ownSums
	More                                                     int
	Rows                                                     []T
}

func (p *pages[T]) packed(f *reading[T]) packed[T] {
	k := packed[T]{f.began, f.newest, f.remembered, f.Matched, f.Hidden, f.Unpriced, f.Unreadable, f.Undecided, f.readStats.rows, f.Complete, f.stopped, f.city, f.own, f.more, make([]T, 0, len(f.rows))}
	for _, r := range f.rows {
		k.Rows = append(k.Rows, p.shown(*r.row))
	}
	return k
}

// pack writes a reading for the store: rows are much alike, and small together.
func (p *pages[T]) pack(f *reading[T]) ([]byte, error) {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(p.packed(f)); err != nil { //nolint:musttag // under the names that it has in Go
		return nil, err
	}
	err = w.Close()
	return buf.Bytes(), err
}

// packOnce returns what pack does, nil where that is too large for the store,
// and remembers it: all who search alike are shown pages of one reading, which
// is stored for each of them.
func (p *pages[T]) packOnce(f *reading[T]) []byte {
	if body, ok := p.packs.Get(f); ok {
		return body
	}
	body, err := p.pack(f)
	if err != nil || len(body) > handle.MaxResult {
		body = nil
	}
	p.packs.Put(f, body)
	return body
}

// mostUnpacked bounds what a stored result may unpack to.
const mostUnpacked = 16 << 20

func (p *pages[T]) unpack(body []byte, key func(*exchange.Number) sortKey) (*reading[T], error) {
	var k packed[T]
	in := io.LimitReader(flate.NewReader(bytes.NewReader(body)), mostUnpacked)
	if err := json.NewDecoder(in).Decode(&k); err != nil { //nolint:musttag // see pack
		return nil, err
	}
	f := &reading[T]{more: k.More, readStats: readStats{
		Matched: k.Matched, Hidden: k.Hidden, Unpriced: k.Unpriced, Unreadable: k.Unreadable, Undecided: k.Undecided, Complete: k.Complete,
		stopped: k.Stopped, city: k.City, own: k.Own, rows: k.Number, began: k.Began, newest: k.Newest, remembered: k.Remembered, config: p.Config,
	}}
	for i := range k.Rows {
		f.rows = append(f.rows, ranked[T]{key(p.number(&k.Rows[i])), &k.Rows[i]})
	}
	return f, nil
}

func offerNumber(o *exchange.Offer) *exchange.Number { return &o.Number }

func ownNumber(o *exchange.Owned) *exchange.Number { return &o.Number }

func offerShown(o exchange.Offer) exchange.Offer { return o }

// ownShown is an own number without its password.
func ownShown(o exchange.Owned) exchange.Owned {
	o.Contact, o.SMPPContact = maskContact(o.Contact), maskContact(o.SMPPContact)
	return o
}

// readAnew says of a further page that it is not of the reading that the page
// before was of.
const readAnew = "This page was read anew: rows may have come or gone since the page before."

func anew(is bool) string {
	if is {
		return readAnew
	}
	return ""
}

// further are sentences behind a headline, which has no full stop.
func further(sentences ...string) string {
	text := joined(sentences...)
	if text == "" {
		return ""
	}
	return ". " + text
}

// joined are sentences, one after the other, without those that are empty.
func joined(sentences ...string) string {
	return strings.Join(slices.DeleteFunc(sentences, func(s string) bool { return s == "" }), " ")
}
