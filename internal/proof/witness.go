package proof

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"didops/internal/fault"
)

// maxNoted is the most bytes that are read of a file with a head.
const maxNoted = 64 << 10

// ErrForked is in the chain of the error where a log is not the continuation of
// what was noted of it.
var ErrForked = errors.New("the log is not the one whose head was noted")

// errNoKey says that nothing tells by which key a head is.
var errNoKey = errors.New("the head was noted without its key, which must be given")

// Noted is a head that was noted elsewhere, with the key that signed it. The
// zero value notes nothing.
type Noted struct {
	Key  string
	Note string
	Head Head
}

// Text returns what a file holds of it: the key on a line, and the note.
func (n Noted) Text() string { return n.Key + "\n" + n.Note }

// ParseNoted reads a head that was noted: as [Noted.Text] writes it, or the
// note alone, which must then be by the key that is given. What copying does to
// the ends of lines and of the text is made good.
func ParseNoted(text, key string) (Noted, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) + "\n"
	if first, rest, _ := strings.Cut(text, "\n"); CheckKey(first) == nil {
		if key != "" && first != key {
			return Noted{}, errors.New("the head was noted with another key")
		}
		key, text = first, rest
	}
	if key == "" {
		return Noted{}, errNoKey
	}
	head, err := OpenHead(text, key)
	return Noted{key, text, head}, err
}

// signatureLead begins the line of a signature, with which a note ends.
const signatureLead = "— "

// ParseHeads reads heads that were noted one behind the other, each as
// [ParseNoted] reads it. One without its key must be by one of the keys. Text that
// is no head is an error, and so is none at all.
func ParseHeads(text string, keys ...string) ([]Noted, error) {
	var list []Noted
	var head strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		head.WriteString(line)
		if !strings.HasPrefix(line, signatureLead) {
			continue
		}
		n, err := parseHead(head.String(), keys)
		if err != nil {
			return nil, fmt.Errorf("head %d: %w", len(list)+1, err)
		}
		list = append(list, n)
		head.Reset()
	}
	if head.Len() > 0 {
		return nil, fmt.Errorf("head %d has no signature", len(list)+1)
	}
	return list, nil
}

func parseHead(text string, keys []string) (Noted, error) {
	n, err := ParseNoted(text, "")
	if !errors.Is(err, errNoKey) {
		return n, err
	}
	for _, key := range keys {
		if n, err = ParseNoted(text, key); err == nil {
			break
		}
	}
	return n, err
}

// Shown is what a log shows to whoever noted a head of it.
type Shown struct {
	Key     string
	Changes []string // of keys, that led to Key
	Note    string   // its head, by Key
	Path    []Hash   // proves that it continues the one that was noted
}

// Accept returns what is to be noted of a log: what it shows, if that continues
// what was noted before. [ErrForked] is in the chain where it does not, or where
// it is signed by a key that no change of keys leads to.
func (n Noted) Accept(s Shown) (Noted, error) {
	head, err := OpenHead(s.Note, s.Key)
	if err != nil {
		return n, fmt.Errorf("%w: %w", ErrForked, err)
	}
	if n.Note == "" {
		return Noted{s.Key, s.Note, head}, nil
	}
	if n.Key != s.Key {
		keys, err := Lineage(s.Key, s.Changes)
		if err == nil {
			err = keys.follows(n)
		}
		if err != nil {
			return n, fmt.Errorf("%w: %w", ErrForked, err)
		}
	}
	if err := head.Extends(n.Head, s.Path); err != nil {
		return n, fmt.Errorf("%w: %w", ErrForked, err)
	}
	return Noted{s.Key, s.Note, head}, nil
}

// follows reports that keys do not lead from the one of a head that was noted, or
// that it was followed before that head; nil: they do.
func (k Keys) follows(n Noted) error {
	key, ok := k.Find(n.Key)
	if !ok {
		return errors.New("it is signed by another key, and no change of keys leads to it")
	}
	return key.Allows(n.Head.Size)
}

// Witness keeps the latest head of a log in a file, and nothing that does not
// continue it. Safe for concurrent use, by several processes of a machine.
type Witness struct{ Path string }

// Latest returns what is noted; nothing where there is no file yet. One that
// can't be read is Unavailable, one that holds something else Invalid.
func (w Witness) Latest() (Noted, error) {
	f, err := os.Open(w.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return Noted{}, nil
	}
	if err != nil {
		return Noted{}, w.unusable(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxNoted))
	if err != nil {
		return Noted{}, w.unusable(err)
	}
	n, err := ParseNoted(string(text), "")
	if err != nil {
		return Noted{}, fault.New(fault.Invalid, "the file %s holds no head of a log", w.Path).WithCause(err)
	}
	return n, nil
}

// Update notes what the log shows now. show is told what is noted already, and
// no other process notes meanwhile. [ErrForked] is in the chain of the error
// where the log does not continue it; then the file stays.
func (w Witness) Update(show func(before Noted) (Shown, error)) (before, now Noted, err error) {
	if err := os.MkdirAll(filepath.Dir(w.Path), 0o700); err != nil {
		return Noted{}, Noted{}, w.unusable(err)
	}
	unlock, err := lockedfile.MutexAt(w.Path + ".lock").Lock()
	if err != nil {
		return Noted{}, Noted{}, w.unusable(err)
	}
	defer unlock()
	if before, err = w.Latest(); err != nil {
		return before, before, err
	}
	shown, err := show(before)
	if err != nil {
		return before, before, err
	}
	if now, err = before.Accept(shown); err != nil {
		return before, before, err
	}
	if now != before {
		err = Replace(w.Path, now.Text())
	}
	return before, now, err
}

// Replace puts a file, for its user alone, in the place of another at once.
// That it can't be is Unavailable.
func Replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}
	if err != nil {
		return Witness{path}.unusable(err)
	}
	return nil
}

func (w Witness) unusable(err error) error {
	return fault.New(fault.Unavailable, "the file %s can't be read or written", w.Path).WithCause(err)
}
