package app

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"didops/bots/mcp"
	"didops/bots/shell"
	"didops/internal/fault"
	"didops/internal/identity"
)

// assistantMemory is how much memory the program wants to do with beside an
// assistant, in bytes: what passes through of a large market is given back before
// it piles up. It is no bound.
const assistantMemory = 36 << 20

func (a *app) mcpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve MCP on standard input and output, for an AI assistant",
		Long: "Serve the Model Context Protocol on standard input and output: the command that Claude Desktop, " +
			"Claude Code, Cursor and VS Code start. Logs go to standard error.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			debug.SetMemoryLimit(assistantMemory)
			server, err := a.stdioServer(cmd.Context())
			if err == nil {
				out := a.Out
				if w, ok := out.(interface{ Unwrap() io.Writer }); ok {
					out = w.Unwrap() // the server knows how long an answer may take
				}
				err = server.Stdio(cmd.Context(), a.In, out, a.assistant(cmd.Context()))
			} else if a.Terminal == nil {
				mcp.Unserved(cmd.Context(), a.In, a.Out, "didops can't start: "+shell.Reason(err))
			}
			// Standard output is the protocol's, whatever --json says. Hosts show
			// the last line on standard error, so that holds all.
			shell.Report(shell.Config{Out: a.Err, Err: a.Err, OneLine: true}, nil, err)
			return shell.Shown(err)
		},
	}
	cmd.Flags().BoolVar(&a.readOnly, "read-only", false, "Offer only operations that read")
	return cmd
}

func (a *app) stdioServer(ctx context.Context) (*mcp.Server, error) {
	a.begin()
	gate, err := a.gate(ctx)
	if err != nil {
		return nil, err
	}
	return mcp.New(mcp.Config{Gate: gate.Through(identity.FrontMCP), Version: a.release(), Log: a.log(), Now: a.Now, Page: a.pageAddress()})
}

// pageAddress is the address of the page on which orders are decided; "" = there is none.
func (a *app) pageAddress() string {
	c, err := a.config()
	if err != nil {
		return ""
	}
	return c.Web.URL
}

// noArguments refuses arguments in the words of the other commands.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasAvailableSubCommands() {
		return shell.UnknownCommand(cmd, args[0])
	}
	return fault.New(fault.Invalid, "%s takes no arguments", cmd.CommandPath())
}

// roleOf translates a configured role.
func roleOf(name string) identity.Role {
	if name == "reader" {
		return identity.Reader
	}
	return identity.Requester
}
