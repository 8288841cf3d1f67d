#!/usr/bin/env bash
# Go golang.org/x/mod v0.42.0, sumdb/note
#
# Expected: what note.Sign returns without an error, note.Open reads.
# Seen: Sign looks at the last character of the text only. Open refuses every
# control character but a newline, and bytes that are no UTF-8: a text with a
# tab, a carriage return or a byte of Latin-1 is signed, and nobody can open
# the note, not even who signed it.
# For whom: whoever signs what people wrote, or files with Windows line ends.
# Open each note before it is given away.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }

cat > main.go <<'END'
package main

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	secret, public, err := note.GenerateKey(rand.Reader, "example.com/log")
	if err != nil {
		panic(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		panic(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		panic(err)
	}
	for _, text := range []string{"plain\n", "a\ttab\n", "a line\r\n", "Latin-1 \xe9\n", "deleted \x7f\n", "\n\n\n"} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			fmt.Printf("%q: not signed: %v\n", text, err)
			continue
		}
		opened, err := note.Open(signed, note.VerifierList(verifier))
		fmt.Printf("%q: signed; opened %v, %v\n", text, opened != nil && opened.Text == text, err)
	}
}
END
quiet go mod init finding
quiet go get golang.org/x/mod/sumdb/note@v0.42.0

got=$(go run . 2> log) || { cat log; exit 1; }
want=$(cat <<'END'
"plain\n": signed; opened true, <nil>
"a\ttab\n": signed; opened false, malformed note
"a line\r\n": signed; opened false, malformed note
"Latin-1 \xe9\n": signed; opened false, malformed note
"deleted \x7f\n": signed; opened true, <nil>
"\n\n\n": signed; opened true, <nil>
END
)
printf '%s\n' "$got"
[ "$got" = "$want" ] || { printf 'CHANGED, was:\n%s\n' "$want"; exit 1; }
