#!/usr/bin/env bash
# Go golang.org/x/mod v0.42.0, sumdb/note and sumdb/tlog
#
# Expected: a signed note, or a hash, has one spelling: a byte that is altered
# makes it another one, which does not verify.
# Seen: base64 is read leniently. The last character of a signature, and of a
# hash in a tree or in JSON, has bits that are of no account: each has three
# more spellings, which open and verify. tlog.ParseHash takes line ends within
# a hash besides.
# For whom: whoever tells signed heads or proofs apart by their bytes, keeps
# them under a hash of theirs, or promises that no byte can be altered. Encode
# again what was decoded, and compare.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// spellings counts the digits that may stand at a place.
func spellings(text []byte, at int, reads func([]byte) bool) (n int) {
	for _, d := range []byte(digits) {
		altered := bytes.Clone(text)
		altered[at] = d
		if reads(altered) {
			n++
		}
	}
	return n
}

func main() {
	secret, public, err := note.GenerateKey(rand.Reader, "example.com/log")
	if err != nil {
		panic(err)
	}
	signer, _ := note.NewSigner(secret)
	verifier, _ := note.NewVerifier(public)
	hash := tlog.RecordHash([]byte("record"))
	tree := tlog.FormatTree(tlog.Tree{N: 1, Hash: hash})
	signed, err := note.Sign(&note.Note{Text: string(tree)}, signer)
	if err != nil {
		panic(err)
	}
	fmt.Println("spellings of a signature:", spellings(signed, len(signed)-3, func(b []byte) bool {
		n, err := note.Open(b, note.VerifierList(verifier))
		return err == nil && n.Text == string(tree)
	}))
	fmt.Println("of the hash in a tree:", spellings(tree, len(tree)-3, func(b []byte) bool {
		t, err := tlog.ParseTree(b)
		return err == nil && t.Hash == hash
	}))
	text, _ := json.Marshal(hash)
	fmt.Println("of a hash in JSON:", spellings(text, len(text)-3, func(b []byte) bool {
		var h tlog.Hash
		return json.Unmarshal(b, &h) == nil && h == hash
	}))
	broken := hash.String()[:9] + "\r\n" + hash.String()[9:]
	h, err := tlog.ParseHash(broken)
	fmt.Println("a hash on two lines is the same:", h == hash, err)
}
END
quiet go mod init finding
quiet go get golang.org/x/mod/sumdb/note@v0.42.0 golang.org/x/mod/sumdb/tlog@v0.42.0

got=$(go run . 2> log) || { cat log; exit 1; }
want=$(cat <<'END'
spellings of a signature: 4
of the hash in a tree: 4
of a hash in JSON: 4
a hash on two lines is the same: true <nil>
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
