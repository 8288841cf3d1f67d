package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
)

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// The first address in what a server writes is the one it serves at: a
// greeting for people, or a line of the log.
var serves = regexp.MustCompile(`(?:SANDBOX exchange on http://|"address":")([0-9.:\[\]]+)`)

// fetch returns the status and the body of a GET.
func fetch(t *testing.T, url string) (int, string) {
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

// quoted returns a string as JSON.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
