package receipt_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"

	"didops/internal/receipt"
	"didops/internal/testing/wide"
)

// mutant is one byte of a receipt that was altered, added or removed.
type mutant struct {
	receipt, at int
	how         string
	b           byte
}

func (m mutant) of(files [][]byte) []byte {
	file := files[m.receipt]
	switch m.how {
	case "removed":
		return slices.Delete(slices.Clone(file), m.at, m.at+1)
	case "added":
		return slices.Insert(slices.Clone(file), m.at, m.b)
	}
	altered := slices.Clone(file)
	altered[m.at] = m.b
	return altered
}

// tally counts what both verifiers judged as they should.
type tally struct {
	mu       sync.Mutex
	receipts map[[sha256.Size]byte]bool
	mutants  int
	logs     int
}

func (y *tally) add(files [][]byte, mutants []mutant) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, f := range files {
		y.receipts[sha256.Sum256(f)] = true
	}
	y.mutants, y.logs = y.mutants+len(mutants), y.logs+1
}

// TestNoMutantIsAccepted alters, adds or removes one byte of random receipts, any
// byte at any place, and has both verifiers accept each receipt and refuse each
// mutant that is not the same bytes any more. There is one way to write a receipt:
// no byte of it is of no account, white space neither. All of it is 100,000
// receipts, each mutated once:
//
//	DIDOPS_TEST_WIDE=1 go test ./internal/receipt -run TestNoMutantIsAccepted -v
func TestNoMutantIsAccepted(t *testing.T) {
	t.Parallel()
	logs, orders, each := wide.Pick(2, 250), wide.Pick(20, 400), wide.Pick(100, 1)
	all := tally{receipts: map[[sha256.Size]byte]bool{}}
	t.Cleanup(func() {
		t.Logf("both verifiers accepted %d receipts of %d logs, and refused %d mutants of them", len(all.receipts), all.logs, all.mutants)
		if len(all.receipts) != all.logs*orders || all.mutants != all.logs*orders*each {
			t.Errorf("want %d receipts, no two of them the same, and %d mutants", all.logs*orders, all.logs*orders*each)
		}
	})
	for n := range logs {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			files := receipts(t, uint64(1000+n), orders)
			random := mathrand.New(mathrand.NewPCG(uint64(n), 2))
			var mutants []mutant
			for i := range files {
				for range each {
					mutants = append(mutants, drawMutant(random, files, i))
				}
			}
			if noneAccepted(t, files, mutants); !t.Failed() {
				all.add(files, mutants)
			}
		})
	}
}

// drawMutant draws one of a receipt that is not the same bytes.
func drawMutant(random *mathrand.Rand, files [][]byte, receipt int) mutant {
	// What stays canonical JSON is the more interesting.
	const plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/-_ ,:{}[]\"\\\n"
	for {
		m := mutant{receipt: receipt, how: []string{"altered", "altered", "altered", "added", "removed"}[random.IntN(5)], at: random.IntN(len(files[receipt]))}
		if m.b = plain[random.IntN(len(plain))]; random.IntN(4) == 0 {
			m.b = byte(random.IntN(256))
		}
		if !bytes.Equal(m.of(files), files[receipt]) {
			return m
		}
	}
}

// noneAccepted holds that both verifiers accept receipts, and no mutant of them.
// What fails is printed in full, as keys and salts are made anew each time.
func noneAccepted(t *testing.T, files [][]byte, mutants []mutant) {
	t.Helper()
	for i, f := range files {
		if _, err := receipt.Verify(f); err != nil {
			t.Fatalf("receipt %d: %v: %q", i, err, f)
		}
	}
	for i, m := range mutants {
		if found, err := receipt.Verify(m.of(files)); err == nil {
			t.Fatalf("mutant %d, %+v: got %+v, want it refused: %q", i, m, found, m.of(files))
		}
	}
	got := judge(t, files, mutants)
	for _, i := range got.Accepted {
		t.Errorf("mutant %d, %+v: accepted in JavaScript: %q", i, mutants[i], mutants[i].of(files))
	}
	for _, refused := range got.Refused {
		i, ok := refused[0].(float64)
		if !ok {
			t.Fatalf("refused without a change: %v", refused)
		}
		t.Errorf("receipt %v, refused in JavaScript: %v: %q", i, refused[1], files[int(i)])
	}
}

// TestEveryByteOfAReceipt alters each byte of one receipt in each of its bits, adds
// blanks at each place, and leaves each byte out.
func TestEveryByteOfAReceipt(t *testing.T) {
	t.Parallel()
	files := receipts(t, 7, 6)
	file := files[5]
	var mutants []mutant
	for at := 0; at < len(file); at += wide.Pick(11, 1) {
		for bit := range wide.Pick(1, 8) {
			mutants = append(mutants, mutant{5, at, "altered", file[at] ^ 1<<((at+bit)%8)})
		}
		for _, b := range []byte(" \t\r\n") {
			mutants = append(mutants, mutant{5, at, "added", b})
		}
		mutants = append(mutants, mutant{5, at, "removed", 0})
	}
	for _, b := range []byte(" \t\r\n\x00}") { // and behind it
		mutants = append(mutants, mutant{5, len(file), "added", b})
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return bytes.Equal(m.of(files), file) })
	noneAccepted(t, files, mutants)
}
