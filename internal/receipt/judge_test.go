package receipt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// judged is what the verifier of the documentation says; see
// testdata/mutants.mjs.
type judged struct {
	Refused  [][2]any `json:"refused"`
	Mutants  int      `json:"mutants"` // judged
	Accepted []int    `json:"accepted"`
	Found    []proven `json:"found"`
}

type proven struct {
	Order   string   `json:"order"`
	State   string   `json:"state"`
	Sent    int      `json:"sent"`
	Size    int64    `json:"size"`
	Entries []int64  `json:"entries"`
	People  []string `json:"people"`

	Warnings int `json:"warnings"`
}

// referee is a process in which the verifier of the documentation judges what it
// is given, one case after another.
type referee struct {
	cmd   *exec.Cmd
	cases io.WriteCloser
	says  *json.Decoder
	errs  *bytes.Buffer
}

// idle are referees without a case. As many are started as are wanted at once:
// to start one takes longer than it takes to judge most cases.
//
//nolint:gochecknoglobals // all tests of the package share them
var idle = make(chan *referee, 64)

func TestMain(m *testing.M) {
	code := m.Run()
	for len(idle) > 0 {
		if err := (<-idle).dismiss(); err != nil && code == 0 {
			fmt.Fprintln(os.Stderr, "node:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// node is where Node is; the test is skipped where there is none.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the verifier in JavaScript is not tested: there is no node on PATH")
	}
	return path
}

// hire returns a referee that is idle, or a new one.
func hire(t *testing.T) *referee {
	t.Helper()
	select {
	case r := <-idle:
		return r
	default:
	}
	r := &referee{cmd: exec.CommandContext(context.Background(), node(t), "--no-warnings", "testdata/mutants.mjs"), errs: &bytes.Buffer{}}
	r.cmd.Stderr = r.errs
	cases, err1 := r.cmd.StdinPipe()
	out, err2 := r.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	r.cases, r.says = cases, json.NewDecoder(out)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// rest has a referee wait for the next case.
func (r *referee) rest(t *testing.T) {
	t.Helper()
	select {
	case idle <- r:
	default: // enough wait
		if err := r.dismiss(); err != nil {
			t.Errorf("node: %v: %s", err, r.errs.Bytes())
		}
	}
}

// dismiss ends a referee, whose cases are over.
func (r *referee) dismiss() error { return errors.Join(r.cases.Close(), r.cmd.Wait()) }

// judge has the verifier of the documentation judge; the test is skipped where
// there is no Node.
func judge(t *testing.T, files [][]byte, mutants []mutant) judged {
	t.Helper()
	return judgeBy(t, files, mutants, "")
}

// judgeBy is judge by keys that are known, or by none.
func judgeBy(t *testing.T, files [][]byte, mutants []mutant, known string) judged {
	t.Helper()
	in := struct {
		Receipts [][]byte `json:"receipts"`
		Mutants  [][4]any `json:"mutants"`
		Known    string   `json:"known"`
	}{Receipts: files, Known: known}
	for _, m := range mutants {
		in.Mutants = append(in.Mutants, [4]any{m.receipt, m.at, m.how, m.b})
	}
	r := hire(t)
	var got judged
	err := json.NewEncoder(r.cases).Encode(in)
	if err == nil {
		err = r.says.Decode(&got)
	}
	if err != nil {
		err = errors.Join(err, r.dismiss())
		t.Fatalf("node: %v: %s", err, r.errs.Bytes())
	}
	r.rest(t)
	if len(got.Found)+len(got.Refused) != len(files) || got.Mutants != len(mutants) {
		t.Fatalf("node judged %d and %d receipts and %d mutants, want all %d and %d", len(got.Found), len(got.Refused), got.Mutants, len(files), len(mutants))
	}
	return got
}
