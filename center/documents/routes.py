"""Documents of cases."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from center.cases.routes import CaseReader, IdempotencyKey, Number
from center.documents.models import CaseDocuments
from center.documents.requests import DocumentRequest, VoidRequest
from center.people.access import Caller, ServicesDep, may_change
from center.web.answers import Json, answers
from center.web.parameters import LARGEST_INTEGER

router = APIRouter(prefix="/cases/{number}/documents", default_response_class=Response, tags=["documents"])

DocumentId = Annotated[int, Path(ge=1, le=LARGEST_INTEGER)]
CaseChanger = Annotated[Caller, Depends(may_change("case.read"))]

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class DocumentFile(StrEnum):
    """The kind of a document's file: the issued PDF, or an editable copy."""

    PDF = "pdf"
    DOCX = "docx"


@router.get(
    "", operation_id="listCaseDocuments", responses=answers(CaseDocuments, "The documents.", 403, 404)
)
async def documents(number: Number, caller: CaseReader, services: ServicesDep) -> Response:
    """The documents of a case, and the forms that the caller may issue for it."""
    await services.case_accesses.of(number, caller)
    return Json(await services.documents.of(number, caller))


@router.post(
    "", operation_id="issueDocument", status_code=201,
    responses=answers(CaseDocuments, "It is issued.", 400, 403, 404, 409, 413, status=201),
)  # fmt: skip
async def issue(
    number: Number,
    wanted: DocumentRequest,
    caller: CaseChanger,
    services: ServicesDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Issue a document. It gets the next number of its form, and is never changed afterwards."""
    await services.case_accesses.of(number, caller)
    await services.documents.issue(number, wanted, caller, key=idempotency_key)
    return Json(await services.documents.of(number, caller), status_code=201)


@router.post(
    "/preview", operation_id="previewDocument",
    responses=answers(None, "The PDF, without a number.", 400, 403, 404, 413, media_types=(PDF,)),
)  # fmt: skip
async def preview(
    number: Number, wanted: DocumentRequest, caller: CaseChanger, services: ServicesDep
) -> Response:
    """The document as it would be issued."""
    await services.case_accesses.of(number, caller)
    data = await services.documents.preview(number, wanted, caller)
    return Response(data, media_type=PDF, headers={"Cache-Control": "no-store"})


@router.get(
    "/{document_id}/file.{kind}", operation_id="getDocumentFile",
    responses=answers(None, "The file.", 403, 404, 502, media_types=(PDF, DOCX)),
)  # fmt: skip
async def file(
    number: Number, document_id: DocumentId, kind: DocumentFile, caller: CaseReader, services: ServicesDep
) -> Response:
    """The issued PDF, or an editable copy of its text. Access is logged."""
    await services.case_accesses.of(number, caller)
    data, printed = await services.documents.file(number, document_id, kind)
    await services.audit.note(caller, "case.read", f"document/{document_id}")
    return Response(
        data,
        media_type=PDF if kind is DocumentFile.PDF else DOCX,
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(printed)}.{kind}",
        },
    )


@router.post(
    "/{document_id}/void", operation_id="voidDocument",
    responses=answers(CaseDocuments, "It is void.", 400, 403, 404, 409, 413),
)  # fmt: skip
async def void(
    number: Number, document_id: DocumentId, wanted: VoidRequest, caller: CaseChanger, services: ServicesDep
) -> Response:
    """Declare a document void. Its number and its file stay; another may be issued in its place."""
    await services.case_accesses.of(number, caller)
    await services.documents.void(number, document_id, wanted.reason, caller)
    return Json(await services.documents.of(number, caller))
