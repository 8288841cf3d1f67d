package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// owner is the superuser of every server, and who runs it where root tests.
const owner = "postgres"

// start makes a server in a folder, "" for that of temporary files, and returns it
// when it accepts connections.
func start(in string, settings ...string) (*Server, error) {
	dir, err := os.MkdirTemp(in, "didops-pg")
	if err == nil && len(dir) > 80 { // the path of a socket may not be long
		_ = os.Remove(dir)
		dir, err = os.MkdirTemp("/tmp", "didops-pg")
	}
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, settings: settings}
	if err := s.make(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *Server) make() error {
	if err := own(s.dir); err != nil {
		return err
	}
	path, err := find("initdb")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), path, "-D", s.data(), "-U", owner, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir, cmd.SysProcAttr = s.dir, asOwner()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s.Restart()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Restart starts a server that was killed, and returns when it has recovered
// and accepts connections.
func (s *Server) Restart() error {
	path, err := find("postgres")
	if err != nil {
		return err
	}
	args := []string{"-D", s.data(), "-k", s.dir}
	for _, setting := range append([]string{"listen_addresses=", "max_connections=1000", "autovacuum=off", "log_min_error_statement=panic"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, asOwner()
	s.process, err = launch(cmd)
	return err
}

// Kill ends the server as a crash does, and returns when nothing of it runs
// any more.
func (s *Server) Kill() { s.process.end(os.Kill) }

// runs reports whether nobody has killed the server.
func (s *Server) runs() bool {
	select {
	case <-s.process.over:
		return false
	default:
		return true
	}
}

// remove stops the server and removes what it kept.
func (s *Server) remove() {
	s.process.end(syscall.SIGQUIT) // at once, but it tidies up
	_ = os.RemoveAll(s.dir)
}

// process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	over chan struct{} // closed when it and its children have ended

	mu    sync.Mutex
	log   []byte        // the end of it
	ready chan struct{} // closed when it accepts connections
	is    bool
}

// mostLog is how much of the log is kept.
const mostLog = 16 << 10

// launch starts a server and waits until it is ready.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, over: make(chan struct{}), ready: make(chan struct{})}
	cmd.Stderr = p
	begun := make(chan error)
	go func() {
		// The kernel ends the server with the thread that started it, which
		// must not end before.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.over)
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait() // also until its children have closed the log
		}
	}()
	if err := <-begun; err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
		return p, nil
	case <-p.over:
		return nil, errors.New("postgres: " + p.said())
	}
}

// Write takes the log of the server.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, b...)
	p.log = p.log[max(0, len(p.log)-mostLog):]
	if !p.is && strings.Contains(string(p.log), "ready to accept connections") {
		p.is = true
		close(p.ready)
	}
	return len(b), nil
}

// said returns the end of the log.
func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.log)
}

func (p *process) end(by os.Signal) {
	_ = p.cmd.Process.Signal(by) // fails where it has ended
	<-p.over
}
