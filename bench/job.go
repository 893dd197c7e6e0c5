package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"time"
)

// job is an import as the API tells it.
type job struct {
	ImportID string
	State    string
	Counts   counts
	Undo     *struct {
		State   string
		Removed int64
	}
}

// jobPause is how often a job is asked how far it is. It is not much of a load, and
// not much of the time of an import.
const jobPause = 50 * time.Millisecond

// importByAPI sends a file and has it imported into a new list. It gives the job as
// it was queued, and the time from the request's first byte to the answer.
func (c *client) importByAPI(ctx context.Context, list, path string) (job, time.Duration, error) {
	body, form := io.Pipe()
	defer body.Close()
	parts := multipart.NewWriter(form)
	go func() { form.CloseWithError(writeForm(parts, list, path)) }()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address+importsPath, body)
	if err != nil {
		return job{}, 0, err
	}
	request.Header.Set("Content-Type", parts.FormDataContentType())
	return c.askJob(request, http.StatusAccepted)
}

func writeForm(parts *multipart.Writer, list, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := parts.WriteField("list", fmt.Sprintf(`{"name":%q}`, list)); err != nil {
		return err
	}
	if err := parts.WriteField("options", fmt.Sprintf(`{"region":%q}`, home)); err != nil {
		return err
	}
	part, err := parts.CreateFormFile("file", "contacts.csv")
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, f); err != nil {
		return err
	}
	return parts.Close()
}

// undo queues the undoing of an import.
func (c *client) undo(ctx context.Context, id string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address+importsPath+"/"+id+"/undo", http.NoBody)
	if err != nil {
		return err
	}
	_, _, err = c.askJob(request, http.StatusAccepted)
	return err
}

// job asks how far an import is.
func (c *client) job(ctx context.Context, id string) (job, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address+importsPath+"/"+id, http.NoBody)
	if err != nil {
		return job{}, err
	}
	j, _, err := c.askJob(request, http.StatusOK)
	return j, err
}

func (c *client) askJob(request *http.Request, status int) (job, time.Duration, error) {
	answer, took, err := c.send(request, status)
	if err != nil {
		return job{}, took, err
	}
	var envelope struct{ Data job }
	err = json.Unmarshal(answer, &envelope)
	return envelope.Data, took, err
}

// await waits until a job has come as far as is asked for.
func (c *client) await(ctx context.Context, id string, ended func(*job) bool) (job, error) {
	ctx, cancel := context.WithTimeout(ctx, importLimit)
	defer cancel()
	for {
		j, err := c.job(ctx, id)
		if err != nil || ended(&j) {
			return j, err
		}
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case <-time.After(jobPause):
		}
	}
}

// imported waits for the end of an import, whose counts must be the file's.
func (c *client) imported(ctx context.Context, id string, file *csvFile) error {
	j, err := c.await(ctx, id, func(j *job) bool { return !j.runs() })
	if err == nil && (j.State != "done" || j.Counts != file.counts) {
		err = fmt.Errorf("WRONG COUNTS by API: the import says %+v, the generator %+v", j, file.counts)
	}
	return err
}

// runs tells whether the import has not ended.
func (j *job) runs() bool { return j.State == "queued" || j.State == "running" }
