package incident_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/incident"
)

var errBroken = errors.New("broken")

func oops() error { panic("oops") }

func TestGuardReturnsAPanic(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, what string
		run        func() error
		summary    string
	}{
		{"text", "did_search", oops, "panic in did_search: oops"},
		{"nothing said", "", oops, "panic: oops"},
		{"error", "x", func() error { panic(errBroken) }, "panic in x: broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("wrapped: %w", incident.Guard(tt.what, tt.run))
			p, ok := errors.AsType[*incident.PanicError](err)
			if !ok || p.Summary() != tt.summary || !strings.HasPrefix(p.Error(), tt.summary+"\ngoroutine ") {
				t.Fatalf("got %v, want %s and a stack", err, tt.summary)
			}
			if !strings.Contains(string(p.Stack), "incident_test.") {
				t.Errorf("got %s, want a stack from where it panicked", p.Stack)
			}
			if errors.Is(err, errBroken) {
				t.Error("the panic is taken for the error that it carries")
			}
		})
	}
}

func TestGuardReturnsTheError(t *testing.T) {
	t.Parallel()
	for _, want := range []error{nil, errBroken} {
		if got := incident.Guard("x", func() error { return want }); got != want { //nolint:errorlint // the very same
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestPresent(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	taken := fault.New(fault.Conflict, "already sold").WithHint("look again")
	hint := regexp.MustCompile(`^the log has the details under reference ([A-Z2-7]{10})$`)
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		err     error
		code    fault.Code
		message string
	}{
		{"coded", t.Context(), fmt.Errorf("buy: %w", taken), fault.Conflict, "already sold"},
		{"uncoded", t.Context(), errBroken, fault.Internal, "internal error"},
		{"internal", t.Context(), fault.New(fault.Internal, "a detail"), fault.Internal, "internal error"},
		{"panic", t.Context(), incident.Guard("x", oops), fault.Internal, "internal error"},
		{"out of time", t.Context(), fmt.Errorf("read: %w", context.DeadlineExceeded), fault.Unavailable, "it took too long"},
		{"cancelled by the caller", ended, context.Canceled, fault.Unavailable, "the request was cancelled"},
		{"cancelled by ourselves", t.Context(), context.Canceled, fault.Internal, "internal error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, reference := incident.Present(tt.ctx, tt.err)
			if f.Code != tt.code || f.Message != tt.message {
				t.Errorf("got %s %q, want %s %q", f.Code, f.Message, tt.code, tt.message)
			}
			if f.Code == fault.Internal {
				if found := hint.FindStringSubmatch(f.Hint); found == nil || found[1] != reference {
					t.Errorf("got hint %q and reference %q, want them to agree", f.Hint, reference)
				}
			} else if reference != "" {
				t.Errorf("got reference %q, want none", reference)
			}
			if f != taken && !errors.Is(f, tt.err) {
				t.Errorf("got %v, want it to carry its cause", f)
			}
		})
	}
}

func TestReferencesDiffer(t *testing.T) {
	t.Parallel()
	_, a := incident.New(errBroken)
	_, b := incident.New(errBroken)
	if a == b {
		t.Errorf("got %s twice, want another reference for every incident", a)
	}
}

func TestBoundary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		run     func() error
		message string // of the log; "" = none
	}{
		{"panic", oops, "mcp: panic in the answer of did_search: oops"},
		{"error", func() error { return errBroken }, ""},
		{"nothing", func() error { return nil }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			log := zerolog.New(&out)
			b := incident.Boundary{Log: &log, Name: "mcp"}
			err := b.Guard(t.Context(), "the answer of did_search", tt.run)
			if tt.message == "" {
				if want := tt.run(); err != want || out.Len() > 0 { //nolint:errorlint // the very same
					t.Errorf("got %v and the log %s, want %v and nothing", err, &out, want)
				}
				return
			}
			check(t, &out, err, tt.message, "incident_test.")
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := zerolog.New(&out)
	err := incident.Boundary{Log: &log, Name: "mcp"}.Report(t.Context(), fmt.Errorf("write the answer: %w", errBroken))
	check(t, &out, err, "mcp: write the answer: broken", "")
}

// check checks the line of a log against the fault that was shown.
func check(t *testing.T, log *bytes.Buffer, err error, message, stack string) {
	t.Helper()
	var line struct {
		Level     string `json:"level"`
		Message   string `json:"message"`
		Reference string `json:"reference"`
		Stack     string `json:"stack"`
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, log)
	}
	if line.Level != "error" || line.Message != message || !strings.Contains(line.Stack, stack) || stack == "" && line.Stack != "" {
		t.Errorf("got %+v, want an error %q with a stack of %q", line, message, stack)
	}
	f, ok := fault.As(err)
	want := fault.New(fault.Internal, "internal error").WithHint("the log has the details under reference %s", line.Reference)
	if !ok || len(line.Reference) != 10 {
		t.Fatalf("got %v and reference %q, want a fault and ten characters", err, line.Reference)
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}
