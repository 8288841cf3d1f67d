package golden

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Made fails the test unless the file at path is what remake makes of it. With
// -update it writes the file instead.
func Made(tb testing.TB, path string, remake func(old []byte) ([]byte, error)) {
	tb.Helper()
	got, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tb.Fatal(err)
	}
	want, err := remake(got)
	switch {
	case err != nil:
		tb.Errorf("%s: %v", path, err)
	case bytes.Equal(got, want):
	case *update:
		if err := os.WriteFile(path, want, 0o644); err != nil {
			tb.Fatal(err)
		}
	default:
		tb.Errorf("%s differs (run the test with -update to write it) (-want +got):\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// Between replaces what stands in a text between the markers of a part.
func Between(text []byte, part string, with []byte) ([]byte, error) {
	begin, end := fmt.Sprintf("<!-- %s:begin -->\n", part), fmt.Sprintf("<!-- %s:end -->", part)
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed || strings.Contains(after, begin) {
		return nil, fmt.Errorf("the lines %q and %q must be there once each", strings.TrimSpace(begin), end)
	}
	return []byte(before + begin + "\n" + strings.TrimSpace(string(with)) + "\n\n" + end + after), nil
}
