package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// keyLead is the first line of a change of keys.
const keyLead = "didops key v2\n"

// Unbounded is how many entries a log may have of which its present key speaks.
const Unbounded = math.MaxInt64

// Key is a key of a log, and how far it goes.
type Key struct {
	Verifier string
	Last     int64 // entries of the largest tree that it speaks of; [Unbounded] = it is the present key
}

// Allows reports that a key does not speak of a log of so many entries, because it
// was followed by another one before; nil: it does.
func (k Key) Allows(size int64) error {
	if size > k.Last {
		return fmt.Errorf("it is by a key that was followed by another one at %d entries, and speaks of %d", k.Last, size)
	}
	return nil
}

// Keys are all keys of a log, the oldest first and the present one last.
type Keys []Key

// Present returns the key that signs now; "" for none.
func (k Keys) Present() string {
	if len(k) == 0 {
		return ""
	}
	return k[len(k)-1].Verifier
}

// Names returns the keys as [Signer.Verifier] does, the latest first.
func (k Keys) Names() []string {
	var list []string
	for _, key := range slices.Backward(k) {
		list = append(list, key.Verifier)
	}
	return list
}

// Find returns one of the keys.
func (k Keys) Find(verifier string) (Key, bool) {
	i := slices.IndexFunc(k, func(key Key) bool { return key.Verifier == verifier })
	if i < 0 {
		return Key{}, false
	}
	return k[i], true
}

// Open returns the text of a note that one of the keys signed, and which. How far
// that one goes is left to the caller.
func (k Keys) Open(note string) (text string, by Key, err error) {
	err = errors.New("there is no key to open it by")
	var first error
	for _, key := range slices.Backward(k) {
		if text, err = Open(note, key.Verifier); err == nil {
			return text, key, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", Key{}, errors.Join(first, err)
}

// KeyChange is the text that the old key of a log signs in order to be followed
// by a new one: it speaks of no more than so many entries.
func KeyChange(before, next string, entries int64) string {
	return keyLead + before + "\n" + next + "\n" + strconv.FormatInt(entries, 10) + "\n"
}

// OpenKeyChange returns both keys of a change of keys, which the one before
// must have signed, and of how many entries that one speaks at most. They are of
// the same log.
func OpenKeyChange(signed string) (before, next string, entries int64, err error) {
	bad := errors.New("it is no change of keys")
	lines := strings.SplitN(signed, "\n", 5)
	if len(lines) != 5 {
		return "", "", 0, bad
	}
	before, next = lines[1], lines[2]
	if entries, err = strconv.ParseInt(lines[3], 10, 64); err != nil || entries < 0 {
		return "", "", 0, bad
	}
	text, err := Open(signed, before)
	if err != nil || text != KeyChange(before, next, entries) {
		return "", "", 0, errors.Join(bad, err)
	}
	if err := CheckKey(next); err != nil {
		return "", "", 0, err
	}
	if originOf(before) != originOf(next) {
		return "", "", 0, errors.New("the key that follows is of another log")
	}
	return before, next, entries, nil
}

// originOf returns the name of the log that a key is of.
func originOf(verifier string) string {
	origin, _, _ := strings.Cut(verifier, "+")
	return origin
}

// names reports whether a log is named by a key: by its first one, as [NewSigner]
// does.
func names(verifier string) bool {
	_, key, _ := strings.Cut(strings.TrimPrefix(verifier, originOf(verifier)+"+"), "+")
	public, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(public) > 1 && originOf(verifier) == originBy(public[1:]) // behind the algorithm
}

// Lineage returns the keys of a log, of which one is the present key, by all its
// changes of keys in their order. The first is by the key that the log is named by,
// so that nobody else can put one before the others; each must follow the one
// before.
func Lineage(key string, changes []string) (Keys, error) {
	var keys Keys
	for i, c := range changes {
		before, next, entries, err := OpenKeyChange(c)
		switch {
		case err != nil:
			return nil, err
		case i == 0 && !names(before):
			return nil, errors.New("the changes of keys do not begin with the first key of the log")
		case i > 0 && before != keys.Present():
			return nil, errors.New("the changes of keys do not follow each other")
		case i > 0 && entries < keys[i-1].Last:
			return nil, errors.New("the changes of keys go back")
		case i == 0:
			keys = append(keys, Key{Verifier: before})
		}
		keys[i].Last = entries
		keys = append(keys, Key{next, Unbounded})
	}
	if len(keys) == 0 {
		return Keys{{key, Unbounded}}, CheckKey(key)
	}
	if keys.Present() != key {
		return nil, errors.New("the changes of keys do not lead to the key")
	}
	return keys, nil
}

// Agree reports that what two say of the keys of a log is not the same: which key
// follows which, and at how many entries. One may know of more changes than the
// other; a key alone says nothing of others.
func (k Keys) Agree(other Keys) error {
	if len(k) < 2 || len(other) < 2 {
		return nil
	}
	most := min(len(k), len(other))
	for i := range most {
		// The last one of either has not ended, as far as that one knows.
		if k[i].Verifier != other[i].Verifier || i+1 < most && k[i].Last != other[i].Last {
			return errors.New("an older key of the log is not the one that is known, or ended at another entry")
		}
	}
	return nil
}

// PublicText is what anybody may know of the keys of a log: the present one on a
// line, and all changes of keys that led to it.
func PublicText(key string, changes []string) string { return key + "\n" + strings.Join(changes, "") }

// ParsePublic reads what [PublicText] writes. What copying does to the ends of
// lines and of the text is made good.
func ParsePublic(text string) (Keys, error) {
	key, rest, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))+"\n", "\n")
	changes := parseChanges(rest)
	if strings.Join(changes, "") != rest {
		return nil, errors.New("these are no keys of a log")
	}
	return Lineage(key, changes)
}

// Next returns a signer of a new key of the same log, which has so many entries,
// with what its file holds and the change of keys that leads to it.
func (s *Signer) Next(entries int64) (next *Signer, file, change string, err error) {
	fresh, private, err := NewSigner(s.Origin())
	if err != nil {
		return nil, "", "", err
	}
	if change, err = s.Sign(KeyChange(s.Verifier(), fresh.Verifier(), entries)); err != nil {
		return nil, "", "", err
	}
	file = fileText(private, s.store, append(slices.Clone(s.changes), change))
	next, err = ParseSigner(file)
	return next, file, change, err
}

// Changes returns the changes of keys that led to the signer's, in their order.
func (s *Signer) Changes() []string { return slices.Clone(s.changes) }

// Keys returns the keys of the log, the signer's last.
func (s *Signer) Keys() Keys {
	keys, err := Lineage(s.Verifier(), s.changes)
	if err != nil {
		return Keys{{s.Verifier(), Unbounded}}
	}
	return keys
}

// Public returns what anybody may know of the keys; see [PublicText].
func (s *Signer) Public() string { return PublicText(s.Verifier(), s.changes) }

// parseChanges splits what a key file holds behind the key.
func parseChanges(text string) []string {
	var list []string
	for _, part := range strings.Split(text, keyLead)[1:] {
		list = append(list, keyLead+part)
	}
	return list
}
