package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/s3store"

	"rollcall"
)

// bucket keeps files in an S3-compatible object store, as tusd's s3store lays
// them out: the object PREFIX/ID, made of the parts of a multipart upload, and
// beside it ID.info and, while it comes in, ID.part.
//
// s3store's own ids are "ID+MULTIPART". Ours are the upload's alone: they are in
// the database before the store is asked, and in no path would anybody want the
// other half. It is read from ID.info.
type bucket struct {
	store  s3store.S3Store
	client *s3.Client
	name   string
	prefix string // "" or with a slash at its end
	temp   string
}

const (
	// partSize is how much goes to the object store at once, in bytes. A file of
	// unknown size may have 10,000 parts: 312 GiB; one of known size 5 TiB.
	partSize = 32 << 20
	// bufferedParts is how many parts of one file wait on this machine's disk.
	bufferedParts = 2
)

// openBucket makes sure that the bucket answers: a wrong setting should be seen
// at the start and not at the first upload.
func openBucket(ctx context.Context, place, temp string) (*bucket, error) {
	u, err := url.Parse(place)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		// The text is not repeated: somebody may have put a secret into it.
		return nil, rollcall.Invalid("files", "The place for files must be s3://bucket/prefix?region=…&endpoint=…, with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
	}
	for name := range u.Query() {
		if name != "region" && name != "endpoint" {
			return nil, rollcall.Invalid("files", "The place for files takes the parameters region and endpoint only.")
		}
	}
	client, err := newClient(ctx, u.Query().Get("region"), u.Query().Get("endpoint"))
	if err != nil {
		return nil, err
	}
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &u.Host}); err != nil {
		return nil, fmt.Errorf("the bucket for files does not answer; check --files and the AWS_… credentials: %w", err)
	}
	b := &bucket{store: s3store.New(u.Host, client), client: client, name: u.Host, temp: temp}
	if p := strings.Trim(u.Path, "/"); p != "" {
		b.prefix = p + "/"
	}
	b.store.ObjectPrefix, b.store.TemporaryDirectory = b.prefix, temp
	b.store.PreferredPartSize, b.store.MaxBufferedParts = partSize, bufferedParts
	return b, nil
}

func newClient(ctx context.Context, region, endpoint string) (*s3.Client, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if settings.Region == "" {
		settings.Region = "us-east-1" // what services without regions expect
	}
	return s3.NewFromConfig(settings, func(o *s3.Options) {
		// Checksums beyond those that a call needs are refused by many services.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = &endpoint, true
		}
	}), nil
}

// bucketUpload is one file: s3store's, under our id. It implements
// [handler.Upload].
type bucketUpload struct {
	handler.Upload
	bucket *bucket
	id     string
}

// NewUpload begins a file. The id must be set.
func (b *bucket) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	if !rollcall.IsUploadID(info.ID) {
		return nil, errors.New("files: not an upload's id")
	}
	u, err := b.store.NewUpload(quiet{ctx}, info)
	if err != nil {
		return nil, err
	}
	return &bucketUpload{Upload: u, bucket: b, id: info.ID}, nil
}

// GetUpload finds a file.
func (b *bucket) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	if !rollcall.IsUploadID(id) {
		return nil, handler.ErrNotFound
	}
	ctx = quiet{ctx}
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(id + infoSuffix)})
	if missing(err) {
		return nil, handler.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer object.Body.Close()
	var info handler.FileInfo
	if err := json.NewDecoder(object.Body).Decode(&info); err != nil {
		return nil, fmt.Errorf("files: %s%s: %w", id, infoSuffix, err)
	}
	u, err := b.store.GetUpload(ctx, info.ID)
	if err != nil {
		return nil, err
	}
	return &bucketUpload{Upload: u, bucket: b, id: id}, nil
}

// AsTerminatableUpload is part of tusd's interface.
func (b *bucket) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(*bucketUpload)
}

// AsLengthDeclarableUpload is part of tusd's interface.
func (b *bucket) AsLengthDeclarableUpload(u handler.Upload) handler.LengthDeclarableUpload {
	return u.(*bucketUpload)
}

// WriteChunk writes what comes from offset on.
func (u *bucketUpload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	return u.Upload.WriteChunk(quiet{ctx}, offset, src)
}

// DeclareLength says how many bytes the file will have.
func (u *bucketUpload) DeclareLength(ctx context.Context, length int64) error {
	return u.bucket.store.AsLengthDeclarableUpload(u.Upload).DeclareLength(quiet{ctx}, length)
}

// GetInfo gives what is known of the file, under our id.
func (u *bucketUpload) GetInfo(ctx context.Context) (handler.FileInfo, error) {
	info, err := u.Upload.GetInfo(quiet{ctx})
	info.ID = u.id
	return info, err
}

// FinishUpload makes an object of the parts. Of an empty file there are none, and
// not every service takes one of no bytes: that becomes an object of its own.
func (u *bucketUpload) FinishUpload(ctx context.Context) error {
	ctx = quiet{ctx}
	info, err := u.Upload.GetInfo(ctx)
	if err != nil {
		return err
	}
	if info.Size > 0 {
		return u.Upload.FinishUpload(ctx)
	}
	_, multipart, _ := strings.Cut(info.ID, "+")
	if _, err := u.bucket.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &u.bucket.name, Key: u.bucket.key(u.id), ContentLength: aws.Int64(0)}); err != nil {
		return err
	}
	_, err = u.bucket.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.bucket.name, Key: u.bucket.key(u.id), UploadId: &multipart})
	return err
}

// Terminate removes the file.
func (u *bucketUpload) Terminate(ctx context.Context) error { return u.bucket.remove(ctx, u.id) }

func (b *bucket) key(name string) *string { return aws.String(b.prefix + name) }

// missing tells whether an object is not there. Services spell it in several ways.
func missing(err error) bool {
	e, ok := errors.AsType[smithy.APIError](err)
	return ok && (e.ErrorCode() == "NoSuchKey" || e.ErrorCode() == "NotFound")
}

// whole is true once the parts have become an object.
func (b *bucket) whole(ctx context.Context, id string) (bool, error) {
	_, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: b.key(id)})
	if missing(err) {
		return false, nil
	}
	return err == nil, err
}

func (b *bucket) local(ctx context.Context, id string) (path string, release func(), err error) {
	object, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: b.key(id)})
	if err != nil {
		return "", nil, err
	}
	defer object.Body.Close()
	file, err := os.CreateTemp(b.temp, "rollcall-upload-")
	if err != nil {
		return "", nil, err
	}
	release = func() { _ = os.Remove(file.Name()) }
	_, err = io.Copy(file, object.Body)
	if err = errors.Join(err, file.Close()); err != nil {
		release()
		return "", nil, err
	}
	return file.Name(), release, nil
}

func (b *bucket) remove(ctx context.Context, id string) error {
	u, err := b.GetUpload(ctx, id)
	if err == nil {
		return b.store.AsTerminatableUpload(u.(*bucketUpload).Upload).Terminate(ctx)
	}
	if !errors.Is(err, handler.ErrNotFound) {
		return err
	}
	if !rollcall.IsUploadID(id) {
		return nil
	}
	// Without its ID.info there may be something left all the same.
	var errs []error
	for _, name := range []string{id, id + partSuffix} {
		_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: b.key(name)})
		if !missing(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// partSuffix is what s3store adds to the name of a piece that is too small yet.
const partSuffix = ".part"

func (b *bucket) list(ctx context.Context, after string) ([]Kept, error) {
	in := &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: b.key(rollcall.PrefixUpload)}
	if after != "" {
		in.StartAfter = b.key(after + "~") // after its .info and .part as well
	}
	for {
		page, err := b.client.ListObjectsV2(ctx, in)
		if err != nil {
			return nil, err
		}
		var kept []Kept
		for _, o := range page.Contents {
			id := strings.TrimPrefix(aws.ToString(o.Key), b.prefix)
			id = strings.TrimSuffix(strings.TrimSuffix(id, infoSuffix), partSuffix)
			if !rollcall.IsUploadID(id) || id <= after || len(kept) > 0 && kept[len(kept)-1].ID == id {
				continue
			}
			kept = append(kept, Kept{ID: id, ChangedAt: aws.ToTime(o.LastModified)})
		}
		if len(kept) > 0 || !aws.ToBool(page.IsTruncated) {
			return kept, nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}
