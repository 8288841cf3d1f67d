package receipt_test

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/receipt"
)

// page is where the passkeys of the tests are used.
const page, domain = "https://approvals.example.com", "approvals.example.com"

// world is a log with orders, in memory.
type world struct {
	tb      testing.TB
	random  *mathrand.Rand
	signer  *proof.Signer
	entries []audit.Entry
	texts   []string
	leaves  []leaf // of the texts, as far as they were hashed
	people  []person
	orders  []*asked
	now     time.Time
}

// leaf is a text and its hash, which is not computed for each receipt again.
type leaf struct {
	text string
	hash proof.Hash
}

// person has a passkey.
type person struct {
	name   string
	key    crypto.Signer
	public proof.Credential
	note   string
}

// asked is an order of the log.
type asked struct {
	id      string
	kind    string // "" = purchase
	terms   []byte
	salt    []byte
	hash    string
	expires time.Time
	seqs    []int64
	signers []string // notes
}

func newWorld(tb testing.TB, seed uint64) *world {
	tb.Helper()
	w := &world{tb: tb, random: mathrand.New(mathrand.NewPCG(seed, 16)), now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}
	w.signer, _, _ = proof.NewSigner("")
	keys, err := passkeys()
	if err != nil {
		tb.Fatal(err)
	}
	w.enrol("Alice", keys[0], -7)
	w.enrol("Bob", keys[1], -8)
	w.enrol("Zoë", keys[2], -257)
	return w
}

// passkeys are one of each kind, the same in all worlds: it takes long to make some.
//
//nolint:gochecknoglobals // made once
var passkeys = sync.OnceValues(func() ([]crypto.Signer, error) {
	ec, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, err2 := ed25519.GenerateKey(rand.Reader)
	rs, err3 := rsa.GenerateKey(rand.Reader, 2048)
	return []crypto.Signer{ec, ed, rs}, errors.Join(err1, err2, err3)
})

func (w *world) enrol(name string, key crypto.Signer, alg int) {
	w.tb.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		w.tb.Fatal(err)
	}
	id := proof.Base64([]byte("credential of " + name))
	seq := w.append(audit.Entry{Event: "passkey enrolled", Passkey: &audit.Passkey{Credential: id, Person: name, PublicKey: proof.Base64(cose(w.tb, key.Public()))}})
	c := proof.Credential{
		ID: id, Person: name, Key: proof.Base64(der), Alg: alg, RPID: domain, Origins: []string{page}, Entry: seq,
	}
	p := person{name, key, c, ""}
	p.note = w.certify(c)
	w.people = append(w.people, p)
}

// cose is a public key as an authenticator writes it.
func cose(tb testing.TB, public crypto.PublicKey) []byte {
	tb.Helper()
	switch key := public.(type) {
	case ed25519.PublicKey:
		return append([]byte("\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"), key...)
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			tb.Fatal(err)
		}
		return slices.Concat([]byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), point[1:33], []byte("\x22\x58\x20"), point[33:])
	case *rsa.PublicKey: // of 2048 bits
		return slices.Concat([]byte("\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00"), key.N.Bytes(), []byte("\x21\x43\x01\x00\x01"))
	}
	tb.Fatalf("a key of the kind %T", public)
	return nil
}

func (w *world) certify(c proof.Credential) string {
	w.tb.Helper()
	text, err := c.Text()
	if err != nil {
		w.tb.Fatal(err)
	}
	note, err := w.signer.Sign(text)
	if err != nil {
		w.tb.Fatal(err)
	}
	return note
}

// append adds an entry to the log.
func (w *world) append(e audit.Entry) int64 {
	w.tb.Helper()
	w.now = w.now.Add(time.Second)
	e.Seq, e.At, e.Exchange = int64(len(w.texts)+1), w.now, "https://exchange.example/ as team"
	if e.Seq > 1 {
		e.Prev = audit.Hash(w.texts[e.Seq-2])
	}
	text, _, err := e.Seal()
	if err != nil {
		w.tb.Fatal(err)
	}
	w.entries, w.texts = append(w.entries, e), append(w.texts, text)
	return e.Seq
}

// note adds an entry about an order.
func (w *world) note(o *asked, e audit.Entry) {
	w.tb.Helper()
	e.Order, e.Kind, e.OrderNth = o.id, cmp.Or(o.kind, "purchase"), len(o.seqs)+1
	if len(o.seqs) > 0 {
		e.OrderPrev = o.seqs[len(o.seqs)-1]
	}
	o.seqs = append(o.seqs, w.append(e))
}

// ask adds the request of an order.
func (w *world) ask() *asked { return w.askUnder(map[string]any{"Needed": 1}) }

// askUnder adds the request of an order with the rules that its terms name.
func (w *world) askUnder(rules map[string]any) *asked {
	w.tb.Helper()
	o := &asked{id: fmt.Sprintf("o-%06d", len(w.orders)), salt: make([]byte, 16), expires: w.now.Add(time.Hour)}
	_, _ = rand.Read(o.salt)
	var err error
	o.terms, err = proof.Canonical(map[string]any{
		"order": o.id, "exchange": "https://exchange.example/ as team", "kind": "purchase", "created": w.now.Add(time.Second), "expires": o.expires, "rules": rules,
		"lines": []any{map[string]any{"number": "+971501234567", "monthly_fee": "1.65", "words": "“ä\u2028\" <x>\\"}}, "count": w.random.IntN(100),
	})
	if err != nil {
		w.tb.Fatal(err)
	}
	o.hash = proof.TermsHash(o.salt, o.terms)
	w.note(o, audit.Entry{Event: "requested", State: "pending", Terms: o.hash, Actor: &audit.Actor{Realm: "os", ID: "alice", Name: "Ålice <&>", Via: "terminal"}})
	w.orders = append(w.orders, o)
	return o
}

// decide adds a decision, signed by a person's passkey.
func (w *world) decide(o *asked, p person, yes bool, state string, spoil func(*proof.Challenge, *client, []byte)) {
	w.tb.Helper()
	c := proof.Challenge{Order: o.id, Terms: o.hash, Decision: map[bool]string{true: "approve", false: "reject"}[yes], Person: p.name, Expires: o.expires.Format(time.RFC3339Nano), Nonce: proof.Base64(o.salt)}
	said := client{Type: "webauthn.get", Origin: page}
	where := sha256.Sum256([]byte(domain))
	data := append(where[:], 5, 0, 0, 0, 9)
	is := c
	if spoil != nil {
		spoil(&c, &said, data)
	}
	sum, err := c.Sum()
	if err != nil {
		w.tb.Fatal(err)
	}
	if said.Challenge == "" {
		said.Challenge = proof.Base64(sum[:])
	}
	text, err := json.Marshal(said)
	if err != nil {
		w.tb.Fatal(err)
	}
	signature := sign(w.tb, p.key, data, text)
	w.note(o, audit.Entry{Event: map[bool]string{true: "approved", false: "rejected"}[yes], State: state, Actor: &audit.Actor{Realm: "web", ID: p.name, Via: "web"}, Decision: &audit.DecisionProof{
		Strength: "passkey", Person: p.name, Expires: is.Expires, Nonce: is.Nonce, Credential: p.public.ID,
		ClientData: proof.Base64(text), Authenticator: proof.Base64(data), Signature: proof.Base64(signature),
	}})
	o.signers = append(o.signers, p.note)
}

// client is what a browser says of an assertion.
type client struct {
	Type        string `json:"type"`
	Challenge   string `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
}

func sign(tb testing.TB, key crypto.Signer, data, client []byte) []byte {
	tb.Helper()
	hash := sha256.Sum256(client)
	message := append(append([]byte{}, data...), hash[:]...)
	sum := sha256.Sum256(message)
	digest, options := sum[:], crypto.SignerOpts(crypto.SHA256)
	if _, ok := key.(ed25519.PrivateKey); ok {
		digest, options = message, crypto.Hash(0)
	}
	signature, err := key.Sign(rand.Reader, digest, options)
	if err != nil {
		tb.Fatal(err)
	}
	return signature
}

// receipt makes the receipt of an order, as it is now.
func (w *world) receipt(o *asked) receipt.Receipt {
	w.tb.Helper()
	tree := w.tree()
	root, err := tree.Root(tree.Size)
	if err != nil {
		w.tb.Fatal(err)
	}
	r := receipt.Receipt{
		Format: receipt.Format, Origin: w.signer.Origin(), Key: w.signer.Verifier(), Keys: append([]string{}, w.signer.Changes()...), Salt: proof.Base64(o.salt), Terms: o.terms,
		Credentials: append([]string{}, once(o.signers)...),
	}
	if r.Head, err = w.signer.SignHead(tree.Size, root); err != nil {
		w.tb.Fatal(err)
	}
	for _, seq := range o.seqs {
		path, err := tree.Include(seq, tree.Size)
		if err != nil {
			w.tb.Fatal(err)
		}
		r.Entries = append(r.Entries, receipt.Entry{Seq: seq, Text: w.texts[seq-1], Proof: path})
	}
	return r
}

func (w *world) tree() *proof.Tree { return proof.NewTree(w, int64(len(w.texts))) }

func (w *world) Leaves(from, to int64) ([]proof.Hash, error) {
	w.leaves = append(w.leaves, make([]leaf, max(0, len(w.texts)-len(w.leaves)))...)
	var list []proof.Hash
	for i, text := range w.texts[from-1 : to] {
		l := &w.leaves[from-1+int64(i)]
		if l.text != text { // new, or forged since
			*l = leaf{text, proof.Leaf(text)}
		}
		list = append(list, l.hash)
	}
	return list, nil
}

func (w *world) Nodes(int, int64, int64) ([]proof.Node, error) { return nil, nil }

// file is the receipt as bytes.
func file(tb testing.TB, r receipt.Receipt) []byte {
	tb.Helper()
	text, err := r.MarshalFile()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
