package shell_test

import (
	"bytes"
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
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

// TestPictureFiles holds that names under which a picture would be lost are
// refused before anything is asked or written.
func TestPictureFiles(t *testing.T) {
	here, err := filepath.Abs("chart")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Link(file, link)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string // of the refusal; "" = it is drawn
	}{
		{[]string{"--png", "chart", "--svg", "chart"}, "--png and --svg name the same file"},
		{[]string{"--png", "chart", "--svg", "./a/../chart"}, "--png and --svg name the same file"},
		{[]string{"--png", here, "--svg", "chart"}, "--png and --svg name the same file"},
		{[]string{"--png", file, "--svg", link}, "--png and --svg name the same file"},
		{[]string{"--png", "-"}, "standard output"},
		{[]string{"--svg", "-"}, "standard output"},
		{[]string{"--svg", "a", "--png=-"}, "standard output"},
		{[]string{"--svg", "a", "--png", "./-"}, ""},
		{[]string{"--svg", "chart.svg", "--png", "chart.png"}, ""},
	} {
		h := newHarness(t)
		saved := 0
		h.Save = func(string, []byte) error { saved++; return nil }
		code := h.run(t, append([]string{"line", "count"}, tt.args...)...)
		if refused := tt.want != ""; refused != (code == 2) || refused != (saved == 0) || refused != (h.out.Len() == 0) || !strings.Contains(h.err.String(), tt.want) {
			t.Errorf("%v: got %d, %d files, %s%s", tt.args, code, saved, h.out.String(), h.err.String())
		}
	}
}
