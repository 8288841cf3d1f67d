package proof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"didops/internal/fault"
)

// maxKeyFile is the most bytes that are read of a file with a key.
const maxKeyFile = 64 << 10

// Signer signs in the name of a log. Its private key leaves it only to the file
// that it was read from. Safe for concurrent use.
type Signer struct {
	signer  note.Signer
	public  string
	store   string
	changes []string
}

// NewSigner makes a signer of a new key. A log that had none before is named by
// the key; the key that follows another one has the name of the log, its
// origin.
func NewSigner(origin string) (s *Signer, private string, err error) {
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make a key: %w", err)
	}
	if origin == "" {
		origin = originBy(public)
	}
	verifier, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, "", fmt.Errorf("name a key: %w", err)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(verifier, origin+"+"), "+")
	private = "PRIVATE+KEY+" + origin + "+" + name + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, secret.Seed()...))
	s, err = ParseSigner(private)
	return s, private, err
}

// originBy returns the name of the log whose first key is so.
func originBy(public []byte) string {
	sum := sha256.Sum256(public)
	return "didops/" + hex.EncodeToString(sum[:8])
}

// storeLead begins the line of a key file that names the store of its log.
const storeLead = "store "

// fileText is what a file with a key holds.
func fileText(private, store string, changes []string) string {
	text := private + "\n"
	if store != "" {
		text += storeLead + store + "\n"
	}
	return text + strings.Join(changes, "")
}

// ParseSigner reads a private key in the form of signed notes, one line,
// "PRIVATE+KEY+origin+id+key", behind it the store that it is for, if it is known,
// and the changes of keys that led to it.
func ParseSigner(file string) (*Signer, error) {
	private, rest, _ := strings.Cut(file, "\n")
	private = strings.TrimSpace(private)
	signer, err := note.NewSigner(private)
	if err != nil {
		return nil, err
	}
	seed, err := base64.StdEncoding.DecodeString(strings.SplitN(private, "+", 5)[4]) // PRIVATE, KEY, origin, id
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, errors.New("malformed key")
	}
	secret := ed25519.NewKeyFromSeed(seed[1:])
	s := &Signer{signer: signer, changes: parseChanges(rest)}
	if line, _, _ := strings.Cut(rest, "\n"); strings.HasPrefix(line, storeLead) {
		s.store = strings.TrimSpace(line[len(storeLead):])
	}
	if s.public, err = note.NewEd25519VerifierKey(signer.Name(), secret.Public().(ed25519.PublicKey)); err != nil {
		return nil, err
	}
	_, err = Lineage(s.public, s.changes)
	return s, err
}

// FoundSigner makes the first key of the log of a store in a file, for its user
// alone, unless there is one, and reads it. Of several processes that make it at
// once all get the same. What can't be read or made is Unavailable, what is no key
// Invalid.
func FoundSigner(path, store string) (*Signer, error) {
	s, err := ReadSigner(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	_, private, err := NewSigner("")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unusable(path, err)
	}
	if err := place(path, fileText(private, store, nil)); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, unusable(path, err)
	}
	return ReadSigner(path)
}

// ReadSigner reads the key in a file; [fs.ErrNotExist] is in the chain of the
// error where there is none.
func ReadSigner(path string) (*Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unusable(path, err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, unusable(path, err)
	}
	s, err := ParseSigner(string(bytes.TrimLeft(text, "\r\n ")))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file %s holds no key of a log", path).WithField("audit.key_file").
			WithHint("Put the key that was in it back. Without it heads can't be signed, and a new key is not believed by who knows the old one.").WithCause(err)
	}
	return s, nil
}

// OpenToOthers reports whether others than its owner may read a file with a key;
// never on Windows, nor where there is none.
func OpenToOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0
}

// place puts a file in its place complete, unless there is one.
func place(path, text string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

func unusable(path string, err error) error {
	return fault.New(fault.Unavailable, "the key of the log in %s can't be used", path).WithField("audit.key_file").
		WithHint("Make its folder writable for the user that runs didops, or name another with audit.key_file.").WithCause(err)
}

// Origin returns the name of the log, as the first line of its heads has it.
func (s *Signer) Origin() string { return s.signer.Name() }

// Store returns the store whose log the key is for; "" where its file does not say.
func (s *Signer) Store() string { return s.store }

// Verifier returns the key by which others check signatures:
// "origin+id+key".
func (s *Signer) Verifier() string { return s.public }

// Sign returns a text, which must end in a newline, as a signed note: the text,
// an empty line, and the line of the signature.
func (s *Signer) Sign(text string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, s.signer)
	if err != nil {
		return "", fmt.Errorf("sign for the log: %w", err)
	}
	return string(signed), nil
}

// CheckKey reports that a text is no key as [Signer.Verifier] returns it, in its
// one spelling.
func CheckKey(verifier string) error {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return fmt.Errorf("the key of the log: %w", err)
	}
	if id, _, ok := strings.Cut(strings.TrimPrefix(verifier, v.Name()+"+"), "+"); !ok || id != fmt.Sprintf("%08x", v.KeyHash()) {
		return errors.New("the key of the log is not written as keys are")
	}
	return nil
}

// Open returns the text of a note that has exactly one signature, by the key
// given as [Signer.Verifier] returns it. The note must be written as
// [Signer.Sign] writes it, byte by byte: no two notes are the same one.
func Open(signed, verifier string) (string, error) {
	if err := CheckKey(verifier); err != nil {
		return "", err
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", err
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return "", err
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0 {
		return "", errors.New("it has more than one signature")
	}
	bare, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || signed != n.Text+"\n— "+v.Name()+" "+base64.StdEncoding.EncodeToString(bare)+"\n" {
		return "", errors.New("it is not written as notes are")
	}
	return n.Text, nil
}
