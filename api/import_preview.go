package api

import (
	"context"
	"errors"

	"rollcall"
	"rollcall/ingest"
)

// importToPreview is the body of previewImport.
type importToPreview struct {
	UploadID      string         `json:"uploadId" example:"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f" doc:"The upload that holds the file."`
	ContactListID *string        `json:"contactListId" required:"false" example:"cl-718e8881-3aca-4008-973e-6d79940c2f11" doc:"The list that the file is for: its phone rule and region hold. Absent: a new one."`
	Options       *importOptions `json:"options" required:"false"`
}

// exact has refused what an import would refuse.
func (w *importToPreview) exact() string { return "field" }

// importPreview tells how a file would be understood.
type importPreview struct {
	Ready      bool            `json:"ready" example:"true" doc:"Whether an import with these options could begin."`
	Problem    string          `json:"problem,omitempty" example:"No column is known to hold the phone number." doc:"What stands in the way."`
	Field      string          `json:"field,omitempty" example:"mapping" doc:"The option that would help."`
	Understood *understoodFile `json:"understood,omitempty" doc:"How the file is understood, as far as it can be."`
}

// previewImport tells how a file would be understood, and writes nothing.
func (a *API) previewImport(_ context.Context, c *call) (reply, error) {
	ctx := c.exchange.connection
	object, err := c.readObject()
	if err != nil {
		return reply{}, err
	}
	var body importToPreview
	if err := decodeMembers(object, &body); err != nil {
		return reply{}, within("body", err)
	}
	if body.Options == nil {
		body.Options = &importOptions{}
	}
	options := body.Options.domain()
	if err := options.Validate(); err != nil {
		return reply{}, within("body.options", err)
	}
	u, err := a.completeUpload(ctx, c, body.UploadID)
	if err != nil {
		return reply{}, err
	}
	var l *rollcall.ContactList
	if body.ContactListID != nil {
		if l, err = a.config.Store.ContactList(ctx, c.owner(), printable(*body.ContactListID)); err != nil {
			return reply{}, within("body", err)
		}
	}
	path, release, err := a.config.Files.Local(ctx, u.ID)
	if err != nil {
		return reply{}, err
	}
	defer release()
	understood, err := a.config.Importer.Preview(ctx, path, u.FileName, c.owner(), l, options, a.config.Now)
	if errors.Is(err, ingest.ErrNoRows) {
		return reply{}, within("body", err) // no option would help
	}
	p := importPreview{Ready: err == nil}
	if known := rollcall.Errors(err); len(known) > 0 && rollcall.CodeOf(err) != rollcall.CodeInternal {
		p.Problem, p.Field = known[0].Message, known[0].Field
	} else if err != nil {
		return reply{}, err
	}
	if understood != nil {
		p.Understood = encodeUnderstanding(understood)
	}
	return reply{message: "File understood", data: p}, nil
}

// printable is an id as the database may see it: none that holds anything else is.
func printable(id string) string {
	if len(id) > maxID {
		return ""
	}
	for _, r := range id {
		if notInRequestID(r) {
			return ""
		}
	}
	return id
}
