package harness

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
)

// ExitCode returns the exit code of a command from the error of its end; -1 = a
// signal ended it.
func ExitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// Serves finds where a server serves in what it writes: in a greeting for
// people, or in lines of the log, of which the first counts.
var Serves = regexp.MustCompile(`(?:SANDBOX exchange on http://|"address":")([0-9.:\[\]]+)`)

// Fetch returns the status and the body of a GET.
func Fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// Quote returns a string as JSON.
func Quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
