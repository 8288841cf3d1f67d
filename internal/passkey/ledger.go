package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
// entries, each of which is held against the hash of the one before. The file is
// signed by the key of the log, and never goes back.
type Ledger struct {
	path string
	keys *audit.Keyring
	now  func() time.Time

	mu    sync.Mutex
	signs bool // whether the key that is at hand signs for the trail
	state state
	size  int64 // of the file as it was read or written last; -1: it was not
	mod   time.Time
	saved int64 // entry up to which the file says what state does
}

func newLedger(path string, keys *audit.Keyring, now func() time.Time) *Ledger {
	return &Ledger{path: path, keys: keys, now: now, size: -1, state: state{}.made()}
}

// forked says that the trail is not the one that was seen.
func (l *Ledger) forked(format string, args ...any) error {
	err := fault.New(fault.Forbidden, "the audit trail is not the one that this program has seen: %s", fmt.Sprintf(format, args...))
	if l.path == "" {
		return err
	}
	return err.WithHint("somebody put an older store back, or wrote it anew; if that was you, remove %s", l.path)
}

// Follow reads what the trail says that was not seen yet. What does not go on
// from what was seen is Forbidden. It must not be called after the transaction
// has added entries itself.
func (l *Ledger) Follow(tx Tx) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, err := tx.StoreID()
	if err == nil {
		err = l.load(id)
	}
	if err != nil {
		return err
	}
	_, err = l.keys.Signer(tx)
	l.signs = err == nil
	l.state.Store = id
	next, cloned := l.state, false
	if err := l.continues(tx, next); err != nil {
		return err
	}
	for {
		list, err := tx.Since(next.Seq, batch)
		if err != nil {
			return err
		}
		if len(list) > 0 && !cloned { // what does not go on from it must leave no trace
			next, cloned = next.copied(), true
		}
		for _, k := range list {
			if err := next.take(k); err != nil {
				return l.forked("%s", err)
			}
		}
		if len(list) < batch {
			l.state = next
			return nil
		}
	}
}

// continues reports that the trail does not go on from what was seen.
func (l *Ledger) continues(tx Tx, seen state) error {
	if seen.Seq == 0 {
		return nil
	}
	last, err := tx.Since(seen.Seq-1, 1)
	if err != nil {
		return err
	}
	if len(last) == 0 || last[0].Seq != seen.Seq || last[0].Hash != seen.Hash || audit.Hash(last[0].Text) != seen.Hash {
		return l.forked("entry %d was another", seen.Seq)
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
	if l.path == "" {
		return nil
	}
	info, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		l.saved = 0
		return nil // what was seen is in memory, and is written again
	}
	if err != nil {
		return fault.New(fault.Unavailable, "%s can't be read", l.path).WithCause(err)
	}
	if info.Size() == l.size && info.ModTime().Equal(l.mod) {
		return nil
	}
	s, err := l.read()
	if err != nil {
		return err
	}
	if s.Store != "" && s.Store != id {
		return fault.New(fault.Forbidden, "what was seen of the audit trail, in %s, is of another store", l.path).WithField("audit.key_file").
			WithHint("one key file is named for two stores: name a file of its own to each; a store goes on with the key that signed for it first")
	}
	l.size, l.mod = info.Size(), info.ModTime()
	if s.Seq > l.state.Seq {
		l.state, l.saved = s, s.Seq
	}
	return nil
}

// read reads the file.
func (l *Ledger) read() (state, error) {
	s := state{}
	note, err := os.ReadFile(l.path)
	if err != nil {
		return s, fault.New(fault.Unavailable, "%s can't be read", l.path).WithCause(err)
	}
	key, err := l.keys.Peek()
	if err != nil {
		return s, err
	}
	text, by, err := key.Keys().Open(string(note))
	if err == nil {
		text, ok := strings.CutPrefix(text, seen)
		if err = json.Unmarshal([]byte(text), &s); !ok {
			err = errors.New("it is another note of the log")
		}
		err = errors.Join(err, by.Allows(s.Seq))
	}
	if err != nil {
		return s, fault.New(fault.Forbidden, "%s, where it is kept what was seen of the audit trail, was altered", l.path).WithCause(err).
			WithHint("look at the audit trail before you remove it")
	}
	return s.made(), nil
}

// Save writes what was seen to the file, unless the file has seen more. When it
// returns, it is on disk.
func (l *Ledger) Save() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.path == "" || l.saved >= l.state.Seq {
		return nil
	}
	unlock, err := lockedfile.MutexAt(l.path + ".lock").Lock()
	if err != nil {
		return fault.New(fault.Unavailable, "what was seen of the audit trail can't be kept").WithCause(err)
	}
	defer unlock()
	if err := l.load(l.state.Store); err != nil || l.saved >= l.state.Seq || !l.signs {
		return err // a key that was followed by another signs nothing more of the trail
	}
	l.forget()
	text, err := json.Marshal(l.state)
	if err != nil {
		return err
	}
	key, err := l.keys.Peek()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever signed that it could tell of
	}
	if err != nil {
		return err
	}
	note, err := key.Sign(seen + string(text) + "\n")
	if err == nil {
		err = replace(l.path, note)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "what was seen of the audit trail can't be kept").WithCause(err)
	}
	l.saved, l.size = l.state.Seq, -1
	return nil
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

// replace writes a file as a whole, for its owner only.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
