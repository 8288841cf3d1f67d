package crash_test

import (
	"context"
	"io"
	"strings"
	"syscall"

	"didops/e2e/harness"
	"didops/internal/testing/capture"
)

// atTerminal are the scenarios in which a person decides at a terminal what an
// assistant has asked for.
func atTerminal() []scenario {
	return []scenario{
		{name: "approved at a terminal", tool: "did_purchase", numbers: 2, steps: []step{{run: approving}}},
		{name: "given up at a terminal", tool: "did_unsubscribe", numbers: 1, steps: []step{{run: approving}}},
	}
}

// approving is a person's command at a terminal, while the assistant's program
// that asked still waits. Only the person's may be killed.
func approving(c *cell, way *passage) ended {
	c.t.Helper()
	first := c.waits()
	person, terminal := harness.OpenTerminal(c.t)
	ctx, cancel := context.WithTimeout(c.t.Context(), crashPatience)
	defer cancel()
	cmd := c.command(ctx, way, "order", "approve", c.order)
	cmd.Stdin, cmd.Stderr = terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	way.follow()
	_ = terminal.Close() // the program has its own
	seen, gone := capture.New(), make(chan struct{})
	go func() {
		_, _ = io.Copy(seen, person)
		close(gone)
	}()
	question, answer := "[y/N] ", "y\n"
	if c.tool == "did_unsubscribe" {
		number := c.numbers[0].Number
		question, answer = "last four digits of "+number+": ", number[len(number)-4:]+"\n"
	}
	for asked := true; asked && !strings.Contains(seen.String(), question); {
		select {
		case <-seen.More:
		case <-gone:
			asked = false
		}
	}
	_, _ = io.WriteString(person, answer) // that it is dead shows below
	<-gone
	e := c.waitFor(ctx, cmd, way, nil, seen)
	first.kill()
	return e
}
