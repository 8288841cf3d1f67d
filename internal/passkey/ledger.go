package passkey

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/audit"
	"didops/internal/fault"
)

// keptFor is how long it is remembered what became of an order that a passkey
// approved. What was signed for an order that expired longer ago is of no use.
const keptFor = 400 * 24 * time.Hour

// batch is how many entries are read at once.
const batch = 500

// Doings are what the trail says of an order since a passkey first approved it, or
// a mandate decided it.
type Doings struct {
	Known bool                 `json:"known,omitempty"` // there is such an approval
	Ended string               `json:"ended,omitempty"` // why nothing of it may be sent any more, as the state or event that ended it; "" = it may
	Lines map[string]LineDoing `json:"lines,omitempty"` // by number, as +E.164
	Last  time.Time            `json:"last"`            // of its latest entry

	Approved time.Time `json:"approved,omitzero"` // of its latest approval, by whomever
	Entry    int64     `json:"entry,omitempty"`   // of its first approval by a person
	Mandate  string    `json:"mandate,omitempty"` // id of the mandate that decided it; "" = none did
}

// LineDoing is what the trail says of a line.
type LineDoing struct {
	Sent  int    `json:"sent,omitempty"`  // how often
	State string `json:"state,omitempty"` // after its latest entry
	Due   string `json:"due,omitempty"`   // what it counts with, of an order that a mandate decided
}

// Ledger is what this program has seen of the trail, and keeps beside the store:
// a witness of its own. What the store says later must go on from there, so that
// a store of before that is put back, or one that was written anew, is found by
// whoever has a ledger, before anything of it counts. It is safe for concurrent
// use.
//
// What it knows of passkeys and of the orders that they approved is read from the
// entries, each of which is held against the hash of the one before. Its file (see
// [seenFile]) is signed by the key of the log, and never goes back.
type Ledger struct {
	file seenFile
	keys *audit.Keyring
	now  func() time.Time

	saving sync.Mutex // held while the file is written; who follows goes on meanwhile

	mu     sync.Mutex
	signer error // why the key that is at hand does not sign for the trail
	state  state
	chain  []mark // the last entries that the state takes in
	due    []mark // that were seen too, by this process or another, and are not known to be on the chain yet
	proven []mark // that were, and are
	saved  int64  // entry up to which the file tells, on the disk

	short   int   // how often a trail ended before what was seen
	shortOf int64 // the entry that it lacked last
}

// links is how many entries of the chain are remembered at least.
const links = 1024

func newLedger(path string, keys *audit.Keyring, now func() time.Time) *Ledger {
	return &Ledger{file: seenFile{path: path}, keys: keys, now: now, state: state{}.made(), signer: audit.ErrNoKey}
}

// forked says that the trail is not the one that was seen.
func (l *Ledger) forked(format string, args ...any) error {
	err := fault.New(fault.Forbidden, "the audit trail is not the one that this program has seen: %s", fmt.Sprintf(format, args...))
	if l.file.path == "" {
		return err
	}
	return err.WithHint("somebody put an older store back, or wrote it anew; if that was you, stop every didops here, remove %s, and start them again", l.file.path)
}

// lacks says that the trail has no such entry any more. l.mu is held.
func (l *Ledger) lacks(seq int64) error {
	l.short++
	l.shortOf = seq
	return l.forked("entry %d is not there any more", seq)
}

// overtakings is how often a reading is overtaken at most before that is believed to
// be a trail that ends too early.
const overtakings = 10

// settled runs what reads the trail, and again where that lacked what was seen only
// after it had begun: a transaction that reads has the trail as of its beginning, and
// others may have seen more meanwhile.
func (l *Ledger) settled(read func() error) error {
	for n := 1; ; n++ {
		l.mu.Lock()
		short, seen := l.short, l.points()[len(l.due)].Seq
		l.mu.Unlock()
		err := read()
		l.mu.Lock()
		overtaken := l.short != short && l.shortOf > seen
		l.mu.Unlock()
		if !overtaken || n == overtakings {
			return err
		}
	}
}

// Follow reads what the trail says that was not seen yet. What does not go on
// from what was seen is Forbidden. It must not be called after the transaction
// has added entries itself.
func (l *Ledger) Follow(tx Tx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, err := tx.StoreID()
	if err != nil {
		return err
	}
	_, signer := l.keys.Signer(tx)
	if err = l.load(id); err == nil {
		err = l.follow(tx)
	}
	switch {
	case err == nil:
		l.signer, l.state.Store = signer, id
	case signer != nil && !errors.Is(signer, audit.ErrNoKey):
		return signer // who has another key than the log can't judge what was seen
	}
	return err
}

// others reports that what was seen is of another store: Conflict, for who named one
// key for both has to say which it is for.
func (l *Ledger) others(seen state, id string) error {
	if seen.Store == "" || seen.Store == id {
		return nil
	}
	return fault.New(fault.Conflict, "what was seen of the audit trail, in %s, is of another store", cmp.Or(l.file.path, "memory")).WithField("audit.key_file").
		WithHint("one key file is named for two stores: name a file of its own to each; a store goes on with the key that signed for it first")
}

// points are the entries that the trail has to come by, by number. l.mu is held.
func (l *Ledger) points() []mark {
	list := append(slices.Clone(l.due), l.state.mark())
	slices.SortFunc(list, func(a, b mark) int { return cmp.Compare(a.Seq, b.Seq) })
	return list
}

// follow reads the trail from the first entry that it has to come by, which has to be
// there still. What does not come by all of them leaves no trace. l.mu is held.
func (l *Ledger) follow(tx Tx) error {
	points := l.points()
	at, last := points[0], points[len(points)-1]
	var fresh []audit.Entry
	var chain []mark
	for more := true; more; {
		list, err := tx.Since(max(at.Seq-1, 0), batch)
		if err != nil {
			return err
		}
		more = len(list) == batch
		if list, err = l.behind(at, list); err != nil {
			return err
		}
		for _, k := range list {
			e, err := at.next(k)
			if err != nil {
				return l.forked("%s", err)
			}
			if at = (mark{k.Seq, k.Hash}); at.amiss(points) {
				return l.forked("entry %d was another", at.Seq)
			}
			if at.Seq > l.state.Seq {
				fresh, chain = append(fresh, e), append(chain, at)
			}
		}
		if at.Seq >= last.Seq && !at.amiss(points) {
			l.take(fresh, chain)
			fresh, chain = fresh[:0], chain[:0]
		}
	}
	if at.Seq < last.Seq {
		return l.lacks(last.Seq)
	}
	if at.amiss(points) {
		return l.forked("entry %d was another", at.Seq)
	}
	return nil
}

// behind returns the entries behind the marked one, which has to be the first of a
// list; all where none is marked. l.mu is held.
func (l *Ledger) behind(at mark, list []audit.Kept) ([]audit.Kept, error) {
	switch {
	case at.Seq == 0:
		return list, nil
	case len(list) == 0:
		return nil, l.lacks(at.Seq)
	case list[0].Seq != at.Seq || list[0].Hash != at.Hash || audit.Hash(list[0].Text) != at.Hash:
		return nil, l.forked("entry %d was another", at.Seq)
	}
	return list[1:], nil
}

// take takes in entries that follow, once the trail came by all that it has to. l.mu
// is held.
func (l *Ledger) take(list []audit.Entry, chain []mark) {
	if len(l.due) > 0 {
		l.due, l.proven = nil, l.due
	}
	if len(list) == 0 {
		return
	}
	l.state.take(chain[len(chain)-1], list)
	l.chain = append(l.chain, chain...)
	if len(l.chain) > 2*links {
		l.chain = slices.Clone(l.chain[len(l.chain)-links:])
	}
}

// known reports whether an entry is known to be on the chain. l.mu is held.
func (l *Ledger) known(m mark) bool {
	return m.Seq == 0 || m == l.state.mark() || slices.Contains(l.proven, m) || slices.Contains(l.chain, m)
}

// Removed reports whether a passkey was removed, as far as the trail was
// followed.
func (l *Ledger) Removed(id Bytes) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Removed[id.String()] > 0
}

// Enrolled returns the entry by which a passkey was enrolled as it is, with this key
// and for this person, likewise; 0 for none.
func (l *Ledger) Enrolled(c Credential) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Added[enrolledAs(*c.proof())]
}

// Doings returns what became of an order, likewise.
func (l *Ledger) Doings(order string) Doings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Orders[order]
}

// load reads the file where it is another than the one that was read last, and
// keeps what has seen more. All has to be of the store with the id. l.mu is held.
func (l *Ledger) load(id string) error {
	if err := l.others(l.state, id); err != nil {
		return err
	}
	switch changed, err := l.file.changed(); {
	case errors.Is(err, fs.ErrNotExist):
		l.saved = 0
		return nil // what was seen is in memory, and is written again
	case err != nil || !changed:
		return err
	}
	s, to, err := l.file.read(l.keys)
	if err != nil {
		return err
	}
	if s != nil {
		if err := l.others(*s, id); err != nil {
			l.file.forget()
			return err
		}
	}
	if s != nil && s.Seq > l.state.Seq {
		if l.state.Seq > 0 {
			l.due = append(l.due, l.state.mark())
		}
		l.state, l.chain, l.proven = *s, []mark{s.mark()}, nil
	}
	switch {
	case l.known(to):
		l.proven = []mark{to} // for as long as the file says no more
	case !slices.Contains(l.due, to):
		l.due = append(l.due, to)
	}
	return nil
}

// errAgain says that the file has seen more than the ledger, which has to follow.
var errAgain = errors.New("what was seen was overtaken")

// Save writes what was seen to the file, unless the file has seen more, which must be
// followed first: errAgain. When it returns nil, it is on the disk.
func (l *Ledger) Save() error {
	l.saving.Lock()
	defer l.saving.Unlock()
	if l.file.path == "" || l.kept(l.seen()) {
		return nil
	}
	unlock, err := lockedfile.MutexAt(l.file.path + ".lock").Lock()
	if err != nil {
		return fault.New(fault.Unavailable, "what was seen of the audit trail can't be kept").WithCause(err)
	}
	defer unlock()
	w, err := l.unsaved()
	if err != nil || w == nil {
		return err
	}
	info, err := w.write(l.file.path)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.file.forget()
		return fault.New(fault.Unavailable, "what was seen of the audit trail can't be kept").WithCause(err)
	}
	l.file.wrote(w, info)
	l.saved = w.to.Seq
	return nil
}

// seen returns the last entry that was seen.
func (l *Ledger) seen() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.Seq
}

// kept reports whether the file tells of an entry, in a trail that is this one.
func (l *Ledger) kept(seq int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.saved >= seq && len(l.due) == 0
}

// unsaved returns what has to be written to the file, which is locked; nil for
// nothing. A key that does not sign for the trail any more is its error.
func (l *Ledger) unsaved() (*writing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(l.state.Store); err != nil {
		return nil, err
	}
	if l.saved = l.file.to.Seq; len(l.due) > 0 {
		return nil, errAgain
	}
	if l.saved >= l.state.Seq || errors.Is(l.signer, audit.ErrNoKey) {
		return nil, nil // without a key nothing was ever signed that the file could tell of
	}
	if l.signer != nil {
		return nil, l.signer
	}
	key, err := l.keys.Peek()
	if err != nil {
		return nil, err
	}
	if w, err := l.file.add(key, l.state.mark()); w != nil || err != nil {
		return w, err
	}
	l.forget()
	return whole(key, l.state)
}

// forget leaves out what is of no use any more. l.mu is held.
func (l *Ledger) forget() {
	maps.DeleteFunc(l.state.Orders, func(_ string, d Doings) bool { return l.now().Sub(d.Last) > keptFor })
	for id, list := range l.state.Uses {
		left := slices.DeleteFunc(slices.Clone(list), func(order string) bool { return !l.state.Orders[order].Known })
		if l.state.Uses[id] = left; len(left) == 0 {
			delete(l.state.Uses, id)
		}
	}
}
