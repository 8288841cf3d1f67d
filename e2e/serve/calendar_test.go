package serve_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestCalendar follows the renewals of a number that was bought, with a token
// that opens nothing else and stands in no line of the log.
func TestCalendar(t *testing.T) {
	t.Parallel()
	const token = "c0ffee-0123456789abcdef0123456789abcdef"
	g := harness.NewTarget(t, harness.LoopbackConfig+fmt.Sprintf("[[http.calendars]]\nname = \"finance\"\ntoken_sha256 = \"%x\"\n", sha256.Sum256([]byte(token))))
	s := g.Serve(t)
	get := func(path string, head ...string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(head); i += 2 {
			r.Header.Set(head[i], head[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	if status, text := get("/calendar/" + token + ".ics"); status != http.StatusOK || !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\n") {
		t.Errorf("got %d %s", status, text)
	}
	for _, path := range []string{"/calendar/x.ics", "/calendar/" + token, "/calendar/"} {
		if status, text := get(path); status != http.StatusNotFound || text != "not found\n" {
			t.Errorf("%s: got %d %s", path, status, text)
		}
	}
	if status, text := get("/mcp", "Authorization", "Bearer "+token); status == http.StatusOK {
		t.Errorf("got %s from /mcp with the token of a calendar", text)
	}
	s.Stop()
	if strings.Contains(s.Log.String(), token) {
		t.Errorf("got the token in the log: %s", s.Log.String())
	}
}
