package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startWithin and stopWithin bound how long a server takes to say where it
// serves, and to end when it is told to.
const (
	startWithin = 20 * time.Second
	stopWithin  = 10 * time.Second
)

// process is a server that was started here.
type process struct {
	cmd     *exec.Cmd
	address string        // host:port
	done    chan struct{} // closed when it has ended
}

// start starts a server whose output, the file at path, will say where it
// serves: the first group of says.
func start(ctx context.Context, path string, says *regexp.Regexp, env []string, name string, args ...string) (*process, error) {
	output, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // named by who measures
	cmd.Env, cmd.Stdout, cmd.Stderr = env, output, output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is of interest only before it serves
		close(p.done)
	}()
	for deadline := time.After(startWithin); ; {
		text, err := os.ReadFile(path)
		if err != nil {
			p.stop()
			return nil, err
		}
		if found := says.FindSubmatch(text); found != nil {
			p.address = string(found[1])
			return p, nil
		}
		select {
		case <-p.done:
			return nil, fmt.Errorf("%s ended at its start: %s", name, text)
		case <-deadline:
			p.stop()
			return nil, fmt.Errorf("%s does not say where it serves: %s", name, text)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends the server, and waits for its end.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// usage is what a process uses.
type usage struct {
	resident, anonymous int64         // bytes now
	cpu                 time.Duration // since its start
}

func (p *process) usage() (usage, error) {
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return usage{}, err
	}
	defer func() { _ = status.Close() }()
	var u usage
	for lines := bufio.NewScanner(status); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			u.resident = kilobytes << 10
		case name == "RssAnon":
			u.anonymous = kilobytes << 10
		}
	}
	u.cpu, err = p.cpu()
	return u, err
}

// tick is the unit of times in /proc; it is the same on every machine that Go
// runs on.
const tick = 10 * time.Millisecond

func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the times of a process can't be read")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, more := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err, more)
}
