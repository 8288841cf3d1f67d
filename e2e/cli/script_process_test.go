package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"didops/e2e/harness"
	"didops/internal/testing/capture"
)

// scriptExits runs the program and checks its exit code:
//
//	exits 2 did search --limit 0
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits code [argument...]")
	}
	err := ts.Exec("didops", args[1:]...)
	if got := harness.ExitCode(err); strconv.Itoa(got) != args[0] {
		ts.Fatalf("got exit %d (%v), want %s", got, err, args[0])
	}
}

// process is a program in the background that serves at an address.
type process struct {
	cmd      *exec.Cmd
	out, err *capture.Output
	ended    chan struct{} // closed when result is there
	result   error
}

// command prepares a process with the environment of the script.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	path, err := exec.LookPath("didops")
	ts.Check(err)
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{
		"WORK", "HOME", "LocalAppData", "AppData", "USER", "PATH", "GORACE", "GOCOVERDIR",
		"XDG_STATE_HOME", "XDG_CONFIG_HOME", "DIDOPS_CONFIG", "DIDOPS_API_KEY",
	} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	return cmd
}

// scriptStart runs the program in the background until it serves, and sets
// the environment variable to its host and port. It is ended by end, or at
// the end of the script:
//
//	start SANDBOX sandbox --listen 127.0.0.1:0
func scriptStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME argument...")
	}
	p := &process{cmd: command(ts, args[1:]), out: capture.New(), err: capture.New(), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	ts.Check(p.cmd.Start())
	go func() {
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	processes(ts)[args[0]] = p
	for {
		if found := harness.Serves.FindStringSubmatch(p.out.String() + p.err.String()); found != nil {
			ts.Setenv(args[0], found[1])
			return
		}
		select {
		case <-p.out.More:
		case <-p.err.More:
		case <-p.ended:
			ts.Fatalf("%s ended (%v) before it served:\n%s%s", args[1], p.result, p.out.String(), p.err.String())
		}
	}
}

// scriptSays waits until a process has written a text to its standard error:
//
//	says SERVE 'access tokens can be checked'
func scriptSays(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: says NAME text")
	}
	p, ok := processes(ts)[args[0]]
	if !ok {
		ts.Fatalf("nothing was started as %s", args[0])
	}
	for !strings.Contains(p.err.String(), args[1]) {
		select {
		case <-p.err.More:
		case <-p.ended:
			ts.Fatalf("%s ended (%v) before it said so:\n%s", args[0], p.result, p.err.String())
		}
	}
}

// processesKey is where a script keeps its processes.
type processesKey struct{}

// keepProcesses makes a place for processes, and ends what is still there at
// the end of the script.
func keepProcesses(env *testscript.Env) {
	all := map[string]*process{}
	env.Values[processesKey{}] = all
	env.Defer(func() {
		for _, p := range all {
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	})
}

func processes(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processesKey{}).(map[string]*process) // keepProcesses has set it
}

// scriptEnd asks a process to end and checks its exit code; what it wrote is
// in NAME.out and NAME.err, and nobody answers at its address any more:
//
//	end SANDBOX 0
func scriptEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: end NAME code")
	}
	p, ok := processes(ts)[args[0]]
	if !ok {
		ts.Fatalf("nothing was started as %s", args[0])
	}
	delete(processes(ts), args[0])
	if runtime.GOOS == "windows" { // which has no signal that asks
		ts.Check(p.cmd.Process.Kill())
		<-p.ended
		return
	}
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	<-p.ended
	hold(ts, ts.Getenv(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(p.out.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(p.err.String()), 0o600))
	if got := harness.ExitCode(p.result); strconv.Itoa(got) != args[1] {
		ts.Fatalf("got exit %d, want %s:\n%s", got, args[1], p.err.String())
	}
}

// scriptHangup tells a process to read its configuration again:
//
//	hangup SERVE
func scriptHangup(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hangup NAME")
	}
	p, ok := processes(ts)[args[0]]
	if !ok {
		ts.Fatalf("nothing was started as %s", args[0])
	}
	ts.Check(p.cmd.Process.Signal(syscall.SIGHUP))
}

// scriptHTTP makes a request and checks the status; the body is stdout, and
// the session that it opened is SESSION. A body is a file's, headers have a
// colon:
//
//	http 200 POST http://$SERVE/mcp body.json 'Accept: application/json'
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http status method url [body] [header...]")
	}
	rest, body := args[3:], ""
	if len(rest) > 0 && !strings.Contains(rest[0], ":") {
		body, rest = ts.ReadFile(rest[0]), rest[1:]
	}
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(body)) //nolint:noctx // a script has no context
	ts.Check(err)
	for _, h := range rest {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, strings.TrimSpace(value))
		if name == "Host" {
			req.Host = strings.TrimSpace(value)
		}
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	ts.Check(err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(got)
	ts.Check(err)
	if id := resp.Header.Get("Mcp-Session-Id"); id != "" {
		ts.Setenv("SESSION", id)
	}
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("got status %d (%s), want %s", resp.StatusCode, got, args[0])
	}
}

// scriptConverse runs the program and sends it the lines of a file, waiting
// for the answer to each that has an id, which ends up in ID.json; then the
// input ends. The program must end with 0, and every line of its output must
// be a message of JSON-RPC:
//
//	converse requests.jsonl mcp
func scriptConverse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: converse file argument...")
	}
	cmd := command(ts, args[1:])
	in, err := cmd.StdinPipe()
	ts.Check(err)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	var log bytes.Buffer
	cmd.Stderr = &log
	ts.Check(cmd.Start())
	answers := bufio.NewReader(out)
	var said strings.Builder
	for request := range strings.Lines(ts.ReadFile(args[0])) {
		_, err := io.WriteString(in, request)
		ts.Check(err)
		for id := messageID(request); id != ""; {
			line, err := answers.ReadString('\n')
			said.WriteString(line)
			if err != nil {
				ts.Fatalf("%v after %q:\n%s", err, request, log.String())
			}
			if messageID(line) == id {
				ts.Check(os.WriteFile(ts.MkAbs(id+".json"), []byte(line), 0o600))
				break
			}
		}
	}
	ts.Check(in.Close())
	_, err = io.Copy(&said, answers)
	ts.Check(err)
	for line := range strings.Lines(said.String()) {
		if message, ok := parse(line).(map[string]any); !ok || message["jsonrpc"] != "2.0" {
			ts.Fatalf("got %q on stdout, want the protocol only", line)
		}
	}
	if err := cmd.Wait(); err != nil {
		ts.Fatalf("%v:\n%s", err, log.String())
	}
	_, err = io.WriteString(ts.Stdout(), said.String())
	ts.Check(err)
	_, err = io.Copy(ts.Stderr(), &log)
	ts.Check(err)
}

func messageID(line string) string {
	var m struct {
		ID json.RawMessage `json:"id"`
	}
	_ = json.Unmarshal([]byte(line), &m) // a line that is no message has no id
	return string(m.ID)
}

// scriptExpand replaces $NAME and ${NAME} in files by what the environment
// says.
func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand file...")
	}
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
		ts.Check(os.Chmod(ts.MkAbs(file), 0o600)) // it may hold a key
	}
}

// scriptRemembered holds that there is nothing in folders but the memory of the
// market.
func scriptRemembered(ts *testscript.TestScript, neg bool, args []string) {
	for _, dir := range args {
		var others []string
		err := filepath.WalkDir(ts.MkAbs(dir), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasPrefix(entry.Name(), "market.db") {
				others = append(others, entry.Name())
			}
			return err
		})
		if err != nil {
			ts.Fatalf("%v", err)
		}
		if (len(others) == 0) == neg {
			ts.Fatalf("got %v in %s besides the memory of the market", others, filepath.Base(dir))
		}
	}
}

// scriptEmpty checks that nothing was written below the folders.
func scriptEmpty(ts *testscript.TestScript, neg bool, args []string) {
	for _, dir := range args {
		entries, err := os.ReadDir(ts.MkAbs(dir))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			ts.Fatalf("%v", err)
		}
		if (len(entries) == 0) == neg {
			ts.Fatalf("got %d entries in %s", len(entries), filepath.Base(dir))
		}
	}
}
