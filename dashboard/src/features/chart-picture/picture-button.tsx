import { ActionIcon } from '@mantine/core';
import { RequestProblem } from '../../api/request-problem.ts';
import { Notice } from '../../components/notice.tsx';
import './picture-button.css';
import type { ChartPicture } from './use-chart-picture.ts';

export interface PictureButtonProps {
  picture: ChartPicture;
  isDisabled: boolean;
}

/** Saves the chart of a card as a picture. */
export function PictureButton({ picture, isDisabled }: PictureButtonProps) {
  return (
    <ActionIcon
      className="picture-button"
      variant="default"
      size={30}
      aria-label="Save as PNG"
      title="Save as PNG"
      disabled={isDisabled}
      onClick={() => {
        if (!picture.isPending) picture.mutate();
      }}
    >
      <svg viewBox="0 0 24 24" width="16" height="16" className="line-icon" aria-hidden="true">
        <path d="M12 4v11M7.5 10.5 12 15l4.5-4.5M4.5 15v3.5a1.5 1.5 0 0 0 1.5 1.5h12a1.5 1.5 0 0 0 1.5-1.5V15" />
      </svg>
    </ActionIcon>
  );
}

/** What became of the picture: said where it is saved, and shown where it could not be. */
export function PictureOutcome({ picture: { isSuccess, error } }: Pick<PictureButtonProps, 'picture'>) {
  return (
    <>
      <span role="status" className="visually-hidden">
        {isSuccess && 'The picture is saved.'}
      </span>
      {error !== null && (
        <Notice tone="error" title="The picture could not be saved">
          <p>{error instanceof RequestProblem ? error.message : 'The table has the same figures.'}</p>
        </Notice>
      )}
    </>
  );
}
