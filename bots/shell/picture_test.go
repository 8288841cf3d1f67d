package shell_test

import (
	"bytes"
	"errors"
	"image/png"
	"io/fs"
	"strings"
	"testing"
)

// TestPicture draws the chart of a result into the files that are named.
func TestPicture(t *testing.T) {
	h := newHarness(t)
	files := map[string][]byte{}
	h.Save = func(name string, data []byte) error {
		files[name] = data
		return nil
	}
	if code := h.run(t, "line", "count", "--png", "a b.png", "--svg", "c.svg"); code != 0 {
		t.Fatalf("got %d, %s", code, h.err.String())
	}
	if _, err := png.Decode(bytes.NewReader(files["a b.png"])); err != nil {
		t.Error(err)
	}
	if !bytes.HasPrefix(files["c.svg"], []byte("<svg ")) || !bytes.Contains(files["c.svg"], []byte("5.50, then 6.00, then 4.25")) {
		t.Errorf("got %s", files["c.svg"])
	}
	if got := h.out.String(); !strings.Contains(got, "monthly fee  ▆█▁  5.50 to 4.25, between 4.25 and 6.00") {
		t.Errorf("got %s, want the fees as blocks and figures", got)
	}
	if got := h.err.String(); !strings.Contains(got, "Drawn into a b.png.") || !strings.Contains(got, "Drawn into c.svg.") {
		t.Errorf("got %s", got)
	}
}

// TestPictureAside holds that data stays what it is beside a picture, and that
// nothing is drawn elsewhere.
func TestPictureAside(t *testing.T) {
	for _, args := range [][]string{{"--json"}, {"--csv"}} {
		plain, drawn := newHarness(t), newHarness(t)
		drawn.Save = func(string, []byte) error { return nil }
		if plain.run(t, append([]string{"line", "count"}, args...)...) != 0 || drawn.run(t, append([]string{"line", "count", "--png", "x"}, args...)...) != 0 {
			t.Fatal(plain.err.String(), drawn.err.String())
		}
		if plain.out.String() != drawn.out.String() || strings.Contains(plain.out.String(), "█") {
			t.Errorf("%v: got %s, want %s", args, drawn.out.String(), plain.out.String())
		}
	}
	h := newHarness(t)
	if code := h.run(t, "line", "find", "--png", "x"); code != 2 {
		t.Errorf("got %d, want no such flag where nothing is drawn", code)
	}
}

// TestPictureThatCannotBeWritten says so, and shows no half of it.
func TestPictureThatCannotBeWritten(t *testing.T) {
	h := newHarness(t)
	h.Save = func(string, []byte) error { return errors.Join(fs.ErrPermission) }
	if code := h.run(t, "line", "count", "--png", "x"); code == 0 || h.out.Len() > 0 {
		t.Errorf("got %d, %s", code, h.out.String())
	}
	h = newHarness(t) // one that can write none
	if code := h.run(t, "line", "count", "--svg", "x"); code != 2 {
		t.Errorf("got %d, %s", code, h.err.String())
	}
}
