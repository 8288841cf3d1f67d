package passkey

import (
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
	"didops/internal/proof"
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

	mu    sync.Mutex
	signs bool // whether the key that is at hand signs for the trail
	state state
	must  mark  // that the file tells of, which the trail has to come by
	saved int64 // entry up to which the file tells

	short   int   // how often a trail ended before what was seen
	shortOf int64 // the entry that it lacked last
}

func newLedger(path string, keys *audit.Keyring, now func() time.Time) *Ledger {
	return &Ledger{file: seenFile{path: path}, keys: keys, now: now, state: state{}.made()}
}

// forked says that the trail is not the one that was seen.
func (l *Ledger) forked(format string, args ...any) error {
	err := fault.New(fault.Forbidden, "the audit trail is not the one that this program has seen: %s", fmt.Sprintf(format, args...))
	if l.file.path == "" {
		return err
	}
	return err.WithHint("somebody put an older store back, or wrote it anew; if that was you, remove %s", l.file.path)
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
		short, seen := l.short, max(l.state.Seq, l.must.Seq)
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
	l.signs = signer == nil
	if err := l.load(id); err != nil {
		if signer != nil && !errors.Is(signer, audit.ErrNoKey) {
			return signer // who has another key than the log can't judge the file
		}
		return err
	}
	l.state.Store = id
	return l.follow(tx)
}

// follow reads the trail from the last entry that was seen, which has to be there
// still. What does not come by the mark of the file leaves no trace. l.mu is held.
func (l *Ledger) follow(tx Tx) error {
	at := l.state.mark()
	var fresh []audit.Entry
	for more := true; more; {
		list, err := tx.Since(max(at.Seq-1, 0), batch)
		if err != nil {
			return err
		}
		more = len(list) == batch
		if at.Seq > 0 {
			if len(list) == 0 {
				return l.lacks(at.Seq)
			}
			if list[0].Seq != at.Seq || list[0].Hash != at.Hash || audit.Hash(list[0].Text) != at.Hash {
				return l.forked("entry %d was another", at.Seq)
			}
			list = list[1:]
		}
		for _, k := range list {
			e, err := at.next(k)
			if err != nil {
				return l.forked("%s", err)
			}
			if at = (mark{k.Seq, k.Hash}); at.Seq == l.must.Seq && at != l.must {
				return l.forked("entry %d was another", at.Seq)
			}
			fresh = append(fresh, e)
		}
		if at.Seq >= l.must.Seq {
			l.state.take(at, fresh)
			fresh = fresh[:0]
		}
	}
	if at.Seq < l.must.Seq {
		return l.lacks(l.must.Seq)
	}
	return nil
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
// keeps what has seen more. What was seen of another store than the one with the id
// is Forbidden. l.mu is held.
func (l *Ledger) load(id string) error {
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
	if s.Store != "" && s.Store != id {
		l.file.forget()
		return fault.New(fault.Forbidden, "what was seen of the audit trail, in %s, is of another store", l.file.path).WithField("audit.key_file").
			WithHint("one key file is named for two stores: name a file of its own to each; a store goes on with the key that signed for it first")
	}
	if s.Seq > l.state.Seq {
		l.state = s
	}
	if l.saved = to.Seq; to.Seq > l.must.Seq {
		l.must = to
	}
	return nil
}

// Save writes what was seen to the file, unless the file has seen more. When it
// returns, it is on disk.
func (l *Ledger) Save() error {
	l.saving.Lock()
	defer l.saving.Unlock()
	if l.file.path == "" || l.kept() {
		return nil
	}
	unlock, err := lockedfile.MutexAt(l.file.path + ".lock").Lock()
	if err != nil {
		return fault.New(fault.Unavailable, "what was seen of the audit trail can't be kept").WithCause(err)
	}
	defer unlock()
	key, err := l.keys.Peek()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever signed that it could tell of
	}
	if err != nil {
		return err
	}
	w, err := l.unsaved(key)
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

// kept reports whether the file tells all that was seen.
func (l *Ledger) kept() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.saved >= l.state.Seq
}

// unsaved returns what has to be written to the file; nil for nothing.
func (l *Ledger) unsaved(key *proof.Signer) (*writing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.load(l.state.Store); err != nil || l.saved >= l.state.Seq || !l.signs {
		return nil, err // a key that was followed by another signs nothing more of the trail
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
