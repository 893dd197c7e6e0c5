package api

import (
	"context"
	"net/http"
	"time"

	"rollcall"
	"rollcall/phone"
	"rollcall/store"
)

// newImport is the body of createImport, and the part "options" of its form.
type newImport struct {
	UploadID string         `json:"uploadId" example:"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f" doc:"The upload that holds the file."`
	Options  *importOptions `json:"options" required:"false"`
}

// newListImport is the body of createListFromFile.
type newListImport struct {
	List     importedList   `json:"list"`
	UploadID string         `json:"uploadId" example:"up-2b1f7c1e-54a0-4a4e-9a5e-0a8f3c1d2e4f" doc:"The upload that holds the file."`
	Options  *importOptions `json:"options" required:"false"`
}

// importedList is the list that a file makes.
type importedList struct {
	Name            string  `json:"name" minLength:"1" maxLength:"48" example:"Renewals"`
	Description     *string `json:"description" required:"false" minLength:"1" maxLength:"256" example:"Contracts that end in July" doc:"Absent: the file's name."`
	AllowDuplicates *bool   `json:"allowDuplicates" required:"false" default:"false" example:"false"`
	ListType        *string `json:"listType" required:"false" enum:"call,dnc" default:"call" example:"call" doc:"call: people to call. dnc: numbers not to call."`
	IsGlobalDNC     *bool   `json:"isGlobalDNC" required:"false" default:"false" example:"false" doc:"Of a DNC list: it binds every campaign of the account."`
}

// What is misspelt beside the options is refused like one of them: a dryRun that stands
// in the wrong place would import.
func (w *newImport) exact() string     { return "field" }
func (w *newListImport) exact() string { return "field" }
func (w *importedList) exact() string  { return "field" }

// asked is what a call asks for, however it was sent.
type asked struct {
	list    *importedList // of a new list
	options *importOptions
	upload  *rollcall.Upload
}

// createImport queues the import of a file into a list that is there.
func (a *API) createImport(_ context.Context, c *call) (reply, error) {
	// A file may take longer than the time limit of a request.
	ctx := c.counted(c.exchange.connection)
	id, err := c.contactListID()
	if err != nil {
		return reply{}, err
	}
	l, err := a.config.Store.ContactList(ctx, c.owner(), id)
	if err != nil {
		return reply{}, err
	}
	q, err := a.askedFor(ctx, c, false)
	if err != nil {
		return reply{}, err
	}
	return a.queueImport(ctx, c, q, l, nil)
}

// createListFromFile makes a list and queues the import that fills it.
func (a *API) createListFromFile(_ context.Context, c *call) (reply, error) {
	ctx := c.counted(c.exchange.connection)
	q, err := a.askedFor(ctx, c, true)
	if err != nil {
		return reply{}, err
	}
	if err := q.checkOptions(); err != nil {
		a.dropOwnUpload(c, q)
		return reply{}, err
	}
	if err := checkListType(q.list.ListType); err != nil {
		a.dropOwnUpload(c, q)
		return reply{}, within("body.list", err)
	}
	l := q.list.empty(a.config.Now())
	l.Owner, l.CreatedBy, l.UpdatedBy = c.owner(), c.user(), c.user()
	l.GlobalDNC = deref(q.list.IsGlobalDNC)
	l.Name, l.Description, l.AllowDuplicates = q.list.Name, q.upload.FileName, deref(q.list.AllowDuplicates)
	if q.list.Description != nil {
		l.Description = *q.list.Description
	}
	if rule := deref(q.options.PhoneRule); rule != "" {
		l.PhoneRule = phone.Rule(rule)
	}
	l.Region = q.options.domain().Region
	if err := l.Validate(); err != nil {
		a.dropOwnUpload(c, q)
		return reply{}, within("body.list", err)
	}
	return a.queueImport(ctx, c, q, l, l)
}

// empty is a new list of the type that the caller chose.
func (w *importedList) empty(now time.Time) *rollcall.ContactList {
	if deref(w.ListType) == string(rollcall.ListDNC) {
		return rollcall.NewDNCList(rollcall.SourceLocalDrive, now)
	}
	return rollcall.NewContactList(rollcall.SourceLocalDrive, now)
}

// checkOptions holds the options against all rules that need neither file nor list.
func (q *asked) checkOptions() error {
	o := q.options.domain()
	return within("body.options", o.Validate())
}

func (a *API) queueImport(ctx context.Context, c *call, q *asked, l, fresh *rollcall.ContactList) (reply, error) {
	options := q.options.domain()
	if err := options.ForList(l); err != nil {
		a.dropOwnUpload(c, q)
		return reply{}, within("body.options", err)
	}
	if q.upload.Digest == "" {
		if err := a.digest(ctx, q.upload); err != nil {
			return reply{}, err
		}
	}
	im := &rollcall.Import{
		ID: rollcall.NewID(rollcall.PrefixImport), Owner: c.owner(), User: c.user(), ListID: l.ID, UploadID: q.upload.ID,
		File: rollcall.File{ID: rollcall.NewFileID(), Name: q.upload.FileName}, Bytes: q.upload.Size, Digest: q.upload.Digest, Options: options,
	}
	if fresh != nil {
		im.ListID = ""
	}
	if err := a.config.Store.QueueImport(ctx, im, fresh, a.config.Now()); err != nil {
		a.dropOwnUpload(c, q)
		return reply{}, within("body.list", err) // of what it says, only the list's name has a field
	}
	a.config.Wake()
	return reply{status: http.StatusAccepted, message: "Import queued", data: encodeImport(im, a.config.Now())}, nil
}

// digest reckons the digest of a resumable upload, so that a file that was
// imported before is known for it at once.
func (a *API) digest(ctx context.Context, u *rollcall.Upload) error {
	digest, err := a.config.Files.Digest(ctx, u.ID)
	if err != nil {
		return err
	}
	u.Digest = digest
	// To have looked at the file is not to have carried out the call.
	_, err = a.config.Store.UpdateUpload(store.Preparing(ctx), u.Owner, u.ID, func(u *rollcall.Upload) error { u.Digest = digest; return nil })
	return err
}

// dropOwnUpload removes the file that came with a call which is refused: nobody
// knows its id.
func (a *API) dropOwnUpload(c *call, q *asked) {
	if c.isForm() {
		a.forgetUpload(c, q.upload)
	}
}

// askedFor reads what a call asks for: JSON that names an upload, or a form that
// brings the file.
func (a *API) askedFor(ctx context.Context, c *call, wantList bool) (*asked, error) {
	if c.isForm() {
		return a.askedInForm(ctx, c, wantList)
	}
	c.maxBody = a.config.MaxBody
	object, err := c.readObject()
	if err != nil {
		return nil, err
	}
	var body newListImport
	if wantList {
		err = decodeMembers(object, &body)
	} else {
		var plain newImport
		err = decodeMembers(object, &plain)
		body.UploadID, body.Options = plain.UploadID, plain.Options
	}
	if err != nil {
		return nil, within("body", err)
	}
	q := &asked{list: &body.List, options: body.Options}
	if q.options == nil {
		q.options = &importOptions{}
	}
	q.upload, err = a.completeUpload(ctx, c, body.UploadID)
	return q, err
}

// completeUpload gives an upload of which all is here.
func (a *API) completeUpload(ctx context.Context, c *call, id string) (*rollcall.Upload, error) {
	if !rollcall.IsUploadID(id) {
		return nil, errNoUpload
	}
	u, err := a.config.Store.Upload(ctx, c.owner(), id)
	switch {
	case rollcall.CodeOf(err) == rollcall.CodeNotFound && err != nil:
		return nil, errNoUpload
	case err != nil:
		return nil, err
	case !u.Complete:
		return nil, &rollcall.Error{Code: rollcall.CodeConflict, Reason: rollcall.ReasonInvalidState, Field: "body.uploadId", Message: "The upload is not complete; send the rest of the file first."}
	}
	return u, nil
}

var errNoUpload = &rollcall.Error{Code: rollcall.CodeNotFound, Field: "body.uploadId", Message: "There is no upload with this id."}

func (a *API) askedInForm(ctx context.Context, c *call, wantList bool) (*asked, error) {
	f := c.form(a)
	q := &asked{options: &importOptions{}}
	for i := range f.parts {
		p := &f.parts[i]
		var into any
		switch {
		case p.name == optionsPart:
			into = q.options
		case p.name == listPart && wantList:
			q.list = &importedList{}
			into = q.list
		default:
			return nil, unknownPart(wantList)
		}
		if err := p.decode(into); err != nil {
			return nil, err
		}
	}
	switch {
	case f.file == nil && f.err == nil: // a part came twice
		return nil, unknownPart(wantList)
	case f.file == nil:
		return nil, f.err
	}
	if wantList && q.list == nil {
		return nil, rollcall.Invalid("body.list", "The form needs a part called list before the file: a JSON object with the name of the list.")
	}
	if err := q.checkOptions(); err != nil {
		return nil, err
	}
	var err error
	q.upload, err = a.takeFile(ctx, c, f)
	return q, err
}

func unknownPart(wantList bool) error {
	if wantList {
		return rollcall.Invalid("body", "The form may have the parts list, options and file, each once; the file is the last.")
	}
	return rollcall.Invalid("body", "The form may have the parts options and file, each once; the file is the last.")
}
