package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/proof"
	"didops/internal/render"
	"didops/internal/view"
)

func (a *app) auditCommand(face shell.Config) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Check or print the audit trail of orders",
		Long: "Every request, decision, send, outcome and correction of an order is an entry of the trail, and every entry " +
			"holds the hash of the one before, and a keyed hash of the order. A trail or an order that was altered is found; " +
			"a trail that the owner of the store wrote anew as a whole is found only by a head that was noted elsewhere. " +
			"The entries are a transparency log too: others check it by signed heads and proofs, without the store.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var head, key string
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Check the hash chain and the tree, and that every order is what the trail says of it",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var noted []proof.Head
			if cmd.Flags().Changed("head") {
				var err error
				if head, noted, err = a.notedHeads(head, strings.TrimSpace(key)); err != nil {
					return err
				}
			}
			return a.verifyAudit(cmd.Context(), head, noted)
		},
	}
	verify.Flags().StringVar(&head, "head", "", "Also look for this head that was noted elsewhere: a `HASH`, or a file with signed ones")
	verify.Flags().StringVar(&key, "key", "", "The `KEY` by which a signed head is, if it is not the one of this log")
	cmd.AddCommand(verify, &cobra.Command{
		Use:   "export",
		Short: "Print the trail as JSON lines, oldest entry first",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.exportAudit(cmd.Context()) },
	})
	cmd.AddCommand(a.logCommands(face)...)
	return cmd
}

// checkHead refuses what can be no head: a piece of one, or nothing, would be
// reported as a trail that was cut off, or as one that is whole.
func checkHead(head string) error {
	if sum, err := hex.DecodeString(strings.TrimSpace(head)); err == nil && len(sum) == sha256.Size {
		return nil
	}
	return fault.New(fault.Invalid, "a head of the trail has 64 hexadecimal digits").WithField("--head").
		WithHint("give the whole of what didops audit verify printed when it was noted")
}

// verifyAudit reports what the check of the trail came to. A trail that is
// not whole is an error.
func (a *app) verifyAudit(ctx context.Context, head string, noted []proof.Head) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	kept, err := a.store(c)
	if err != nil {
		return err
	}
	found, err := order.Verify(ctx, kept.Verification(), head, noted...)
	if err != nil {
		return err
	}
	if a.flags.JSON {
		err = a.writeJSON(auditReport{c.Sandbox(), found.Fault == "", found.Entries, found.Head, found.Fault, found.Seq, found.Unbound, found.Root})
	} else {
		err = render.Plain(a.Out, auditDoc(c.Sandbox(), found), render.PlainOptions{Width: a.Width, Color: a.colors(a.OutTTY)})
	}
	if err == nil && found.Fault != "" {
		err = shell.Shown(fault.New(fault.Conflict, "the audit trail is not whole: %s", found.Fault))
	}
	return err
}

// auditReport is what "didops audit verify --json" prints.
type auditReport struct {
	Sandbox bool   `json:"sandbox"`
	Whole   bool   `json:"whole"`
	Entries int64  `json:"entries"`
	Head    string `json:"head"`
	Fault   string `json:"fault,omitempty"`
	Entry   int64  `json:"entry,omitempty"`          // at which the fault is
	Unbound int    `json:"unbound_orders,omitempty"` // see [audit.Report]
	Root    string `json:"root"`                     // of the tree over the entries
}

func auditDoc(sandbox bool, found audit.Report) view.Doc {
	doc := view.Doc{Title: "Audit trail", Sandbox: sandbox, Summary: fmt.Sprintf("The trail is whole: %d entries.", found.Entries)}
	if found.Entries == 1 {
		doc.Summary = "The trail is whole: 1 entry."
	}
	if found.Fault != "" {
		doc.Summary = "The trail is NOT whole."
		doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: found.Fault})
	}
	if found.Unbound > 0 && found.Fault == "" {
		doc.Blocks = append(doc.Blocks, view.Text("Last changed by an earlier didops, whose trail binds less of an order: "+
			view.Plural(found.Unbound, "order")+". State, lines, requester and decisions were compared."))
	}
	if found.Head != "" && found.Fault == "" {
		doc.Blocks = append(doc.Blocks, view.Fields{{Label: "Head", Value: found.Head}},
			view.Text("Note the head elsewhere; later: didops audit verify --head "+found.Head))
	}
	return doc
}

func (a *app) exportAudit(ctx context.Context) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	kept, err := a.store(c)
	if err != nil {
		return err
	}
	return audit.Export(ctx, kept.Audit(), a.Out)
}
