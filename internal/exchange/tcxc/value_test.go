package tcxc_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"didops/internal/exchange/tcxc"
)

func TestBoolean(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{
		"0": "no", "1": "yes", `"0"`: "no", `"1"`: "yes", "true": "yes", "false": "no", `"true"`: "yes",
		`" 1 "`: "yes", `""`: "absent", "null": "absent",
	} {
		if got, ok := tcxc.Boolean(v); !ok || got != want {
			t.Errorf("boolean %s: got %s, %t, want %s", v, got, ok, want)
		}
	}
	for _, v := range []string{"2", "-1", "1.0", `"yes"`, `"01"`, "[]", "{}", `"TRUE"`} {
		if got, ok := tcxc.Boolean(v); ok {
			t.Errorf("boolean %s: got %s, want not understood", v, got)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 999_999_999).Draw(t, "n")
		for _, v := range []string{strconv.Itoa(n), strconv.Quote(strconv.Itoa(n))} {
			if got, ok := tcxc.Integer(v); !ok || got == nil || *got != n {
				t.Errorf("integer %s: got %v, %t", v, got, ok)
			}
		}
	})
	for _, v := range []string{"null", `""`} {
		if got, ok := tcxc.Integer(v); !ok || got != nil {
			t.Errorf("integer %s: got %v, %t, want none", v, got, ok)
		}
	}
	for _, v := range []string{"-1", "1.5", "1e3", `"x"`, "99999999999999999999", "true", "[1]"} {
		if got, ok := tcxc.Integer(v); ok {
			t.Errorf("integer %s: got %v, want not understood", v, *got)
		}
	}
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"10": "10", `"10"`: "10", "0": "", `"0"`: "", `""`: "", "null": ""} {
		if got, ok := tcxc.Identifier(v); !ok || got != want {
			t.Errorf("identifier %s: got %q, %t, want %q", v, got, ok, want)
		}
	}
	for _, v := range []string{`"007"`, "-1", "1.5", `"1 OR 1"`, "{}", "true"} {
		if got, ok := tcxc.Identifier(v); ok || got != "" {
			t.Errorf("identifier %s: got %q, %t, want not understood and empty", v, got, ok)
		}
	}
}

func TestInstant(t *testing.T) {
	t.Parallel()
	want := time.Date(2019, 9, 15, 12, 55, 19, 0, time.UTC)
	if got, ok := tcxc.Instant(`"2019-09-15 12:55:19"`); !ok || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("instant: got %v, %t, want %v", got, ok, want)
	}
	for _, v := range []string{`"0000-00-00 00:00:00"`, `""`, "null"} {
		if got, ok := tcxc.Instant(v); !ok || !got.IsZero() {
			t.Errorf("instant %s: got %v, %t, want the zero time", v, got, ok)
		}
	}
	if got, ok := tcxc.Instant(`"yesterday"`); ok || !got.IsZero() {
		t.Errorf("instant of a word: got %v, %t", got, ok)
	}
}

// TestSeen compares the memory with an unbounded one, within its reach.
func TestSeen(t *testing.T) {
	t.Parallel()
	var s tcxc.Seen
	exact := map[uint64]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		key := r.Uint64N(tcxc.Generation)
		if got, want := s.Add(key), !exact[key]; got != want {
			t.Fatalf("add %d: got new = %t, want %t", key, got, want)
		}
		exact[key] = true
	}
	for key := range uint64(5 * tcxc.Generation) {
		s.Add(1<<40 + key)
		if held := s.Held(); held > 2*tcxc.Generation {
			t.Fatalf("the memory holds %d numbers, want at most %d", held, 2*tcxc.Generation)
		}
	}
	if !s.Add(1 << 40) {
		t.Error("a number beyond the memory's reach is still known: the test proves nothing about the bound")
	}
	if s.Add(1<<40 + 5*tcxc.Generation - tcxc.Generation) {
		t.Error("the 65,536th last number is forgotten")
	}
}

// TestSignature holds the vectors that were computed from the document's PHP
// line.
func TestSignature(t *testing.T) {
	t.Parallel()
	for controller, want := range map[string]string{
		"dids_market":  "8b5404937ca8fcbc835ce39f33c0e5376248314f512a372eb8781e1c24d17750",
		"purchase_did": "04853439eaf03f66f2b640ae20d2e76df694e9ad848ee3b621bc17833b843d74",
		"c_dids":       "81f5f7bce85ce660c108d14a4ceb9f93d485eae26582602038d66b1b88177252",
	} {
		if got := tcxc.Sign(controller, "TESTKEY0123456789", "AcmeInc", "1700000000"); got != want {
			t.Errorf("signature of %s: got %s, want %s", controller, got, want)
		}
	}
}
