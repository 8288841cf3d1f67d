package golden_test

import (
	"bytes"
	"testing"

	"didops/internal/testing/golden"
)

func TestBetween(t *testing.T) {
	t.Parallel()
	const text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
	got, err := golden.Between([]byte(text), "x", []byte("new\n"))
	if want := "a\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nb\n"; err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
	again, err := golden.Between(got, "x", []byte("new"))
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("got %q (%v) the second time, want the same", again, err)
	}
	for _, bad := range []string{"", "<!-- x:begin -->\n", "<!-- x:end -->", text + text} {
		if got, err := golden.Between([]byte(bad), "x", nil); err == nil {
			t.Errorf("got %q of %q, want an error", got, bad)
		}
	}
}
